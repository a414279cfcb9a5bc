# SPDX-License-Identifier: GPL-2.0
"""Linux on the nodes of ns-3, from Python.

`from libos import ns` is `from ns import ns` (PyPI's package ns3) with the module's own names in it:
LinuxStackHelper, DceManagerHelper, DceApplicationHelper. The module must be built against that
package's ns-3 (Documentation/ns3.md); the folder is LIBOS_NS3, or build/ns3-wheel.
"""

import os
from pathlib import Path

import cppyy
from ns import ns

__all__ = ["ns"]

_TOP = Path(__file__).resolve().parents[5]
_BUILT = Path(os.environ.get("LIBOS_NS3", _TOP / "build" / "ns3-wheel"))
_HEADERS = ["dce-application-helper.h", "dce-manager-helper.h", "linux-stack-helper.h"]


def _load():
    module = _BUILT / "libns3-libos.so"
    if not module.exists():
        raise ImportError(f"there is no {module}: `make test-wheel ARCH=lib` builds it")
    cppyy.add_include_path(str(_BUILT / "include"))
    cppyy.load_library(str(module))
    for header in _HEADERS:
        cppyy.include(f"ns3/{header}")


_load()
