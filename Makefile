# SPDX-License-Identifier: GPL-2.0
#
# Linux as a library. The kernel's own Kconfig and kbuild do the work, in a tree of links: the
# kernel's source as it is, with arch/lib laid over it. Nothing is written to the source.
#
#   .config, liblinux*.so, nuse    what a user sees: at the top, or in the folder that O= names
#   build/include, liblinux.pc     for programs that use the library
#   build/source/                  kernels fetched from Debian
#   build/<source>-<hash>/         tree/: the links; obj/: what kbuild makes of them
#   build/obj                      a link to the newest such obj/, where plain cargo looks
#   build/nuse.8, completion/      the manual page, and what shells complete (make man)
#   build/target/                  what Cargo makes

MAKEFLAGS += -rR --no-print-directory
# Goals are done in the order in which they are named; what they start runs in parallel.
.NOTPARALLEL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

Q := $(if $(findstring 1,$(V)),,@)

export ARCH ?= lib
ifneq ($(ARCH),lib)
$(error ARCH=$(ARCH): this tree builds Linux as a library, which is ARCH=lib)
endif

TOP := $(patsubst %/,%,$(dir $(realpath $(lastword $(MAKEFILE_LIST)))))
OUT := $(if $(O),$(abspath $(O)),$(TOP))
BUILD := $(OUT)/build
ifneq ($(words $(subst :, ,$(TOP) $(OUT))),2)
$(error the paths of the tree ($(TOP)) and of its output ($(OUT)) may hold no spaces or colons)
endif

# The kernel: one of Debian's, or the tree that KERNEL_SRC names. Each has its own folder of
# objects, named after its path, so that they never mix.
KERNEL_PACKAGE ?= linux-source-6.12
ifdef KERNEL_SRC
source := $(realpath $(KERNEL_SRC))
ifeq ($(source),)
$(error KERNEL_SRC=$(KERNEL_SRC): there is no such folder)
endif
else
source := $(BUILD)/source/$(KERNEL_PACKAGE)
endif
kernel := $(BUILD)/$(notdir $(source))-$(shell echo $(source) | md5sum | cut -c1-8)
obj := $(kernel)/obj

export KCONFIG_CONFIG := $(OUT)/.config
export LIB_KERNEL_KCONFIG := $(kernel)/Kconfig
export LIB_PORT_OBJECT := $(kernel)/port.o
export CARGO_TARGET_DIR := $(BUILD)/target
export LIB_OBJTREE := $(obj)
export LIB_HEADER := $(BUILD)/include/liblinux.h
export NUSE_TOP := $(OUT)

# The same library from the same source, whoever builds it, and when: a kernel's first random bytes are made of
# its version, too, and with them what happens in a simulation.
export KBUILD_BUILD_TIMESTAMP ?= Thu Jan  1 00:00:00 UTC 1970
export KBUILD_BUILD_VERSION ?= 1
export KBUILD_BUILD_USER ?= libos
export KBUILD_BUILD_HOST ?= libos

# Two builds in one folder take turns.
kbuild = $(unless_dry)flock $(kernel) $(MAKE) $(jobs) -C $(kernel)/tree O=$(obj) ARCH=lib KBUILD_KCONFIG=$(TOP)/Kconfig \
	KCONFIG_DEFCONFIG_LIST=arch/lib/configs/defconfig
# Nothing: for what is marked with + to share the jobs, and which `make -n` would run as well.
unless_dry = $(if $(findstring n,$(firstword -$(MAKEFLAGS))),: )
cargo = cd $(TOP) && $(unless_dry)cargo
# All processors, unless a number was given.
jobs = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
# The kernel that .config and build/obj are for.
current = ln -sfn $(obj) $(BUILD)/obj

PHONY := all
all: library nuse

## Configuration: the kernel's own targets

PHONY += tools tree
tools:
	$(Q)$(TOP)/scripts/deps check build $(if $(filter menuconfig nconfig,$(MAKECMDGOALS)),menu)

tree: tools
	$(Q)$(if $(KERNEL_SRC),,$(TOP)/scripts/fetch $(KERNEL_PACKAGE) $(BUILD)/source)
	$(Q)$(TOP)/scripts/overlay $(source) $(kernel)

define configure
	+$(Q)$(kbuild) $@
	$(Q)$(current)
endef

PHONY += config savedefconfig
config: tree
	$(configure)

%config: tree
	$(configure)

savedefconfig: tree
	$(configure)
	$(Q)mv $(obj)/defconfig $(OUT)/defconfig

PHONY += kernelversion kernelrelease
kernelversion kernelrelease: tree
	$(Q)$(kbuild) -s $@

## The library

# Without a configuration it is the default one; one made for another kernel is carried over.
PHONY += configured prepare port vmlinux library
configured: tree
	+$(Q)if [ ! -e $(KCONFIG_CONFIG) ]; then \
		$(kbuild) defconfig; \
	elif [ "$$(readlink $(BUILD)/obj)" != $(obj) ]; then \
		echo '  CONFIG  $(KCONFIG_CONFIG) carried over to $(source)'; \
		$(kbuild) olddefconfig; \
	fi
	$(Q)$(current)

prepare: configured
	+$(Q)$(kbuild) $@

# The options of Kconfig.features that are on are Cargo's features.
comma := ,
features = $(shell sed -n 's/^config LIB_//p' $(TOP)/arch/lib/Kconfig.features | \
	while read f; do grep -qx CONFIG_LIB_$$f=y $(obj)/include/config/auto.conf && echo $$f; done | \
	tr A-Z a-z | paste -sd,)

frame_pointers = $(shell grep -qx CONFIG_FRAME_POINTER=y $(obj)/include/config/auto.conf && \
	echo -C force-frame-pointers=yes)

# The Rust half, with unwind tables for debuggers only. Its object is only replaced by another one, so
# that kbuild links only then.
port: prepare
	+$(Q)if [ ! -e $(LIB_HEADER) ]; then $(cargo) clean -q --profile kernel -p linux-lib; fi
	+$(Q)$(cargo) rustc $(if $(Q),,-v) --profile kernel --features '$(features)' \
		-- -C relocation-model=pic -C force-unwind-tables=no $(frame_pointers)
	$(Q)$(or $(LD),ld) -r --gc-sections --gc-keep-exported -u lib_init -u lib_syscall \
		-o $(LIB_PORT_OBJECT).new $(CARGO_TARGET_DIR)/kernel/liblinux_lib.a
	$(Q)cmp -s $(LIB_PORT_OBJECT).new $(LIB_PORT_OBJECT) || \
		cp $(LIB_PORT_OBJECT).new $(LIB_PORT_OBJECT)

vmlinux: port
	+$(Q)$(kbuild) $@

library: vmlinux
	$(Q)$(TOP)/scripts/install $(obj)/vmlinux $$($(kbuild) -s kernelversion) $(OUT)

## The programs

PHONY += nuse
nuse: prepare
	+$(Q)$(cargo) build $(if $(Q),,-v) --release --workspace --exclude linux-lib \
		--no-default-features --features '$(filter vif_%,$(subst $(comma), ,$(features)))'
	$(Q)ln -sfn $(CARGO_TARGET_DIR)/release/nuse $(OUT)/nuse

PHONY += man
man:
	+$(Q)$(cargo) run -q --release -p nuse --example man -- $(BUILD)

## All of it, from nothing

# Of the module for ns-3.
SUITES ?= netlink-socket process-manager dce-cradle dce-mptcp dce-umip dce-quagga devices

PHONY += deps hello test bench testbin bench-sim check-tree
sets := build menu test sim
hello bench: sets := build menu test
deps:
	$(Q)$(TOP)/scripts/deps install $(sets)

hello: deps library nuse
	$(Q)$(TOP)/tools/testing/libos/hello.sh

test: deps library nuse
	+$(Q)$(unless_dry)env BUILD=$(BUILD) OUT=$(OUT) FEATURES='$(features)' \
		SUITES='$(SUITES)' $(TOP)/scripts/test

bench: deps library nuse
	+$(Q)$(cargo) run --release -p libos-bench -- --library $(OUT)/liblinux.so \
		--json $(BUILD)/bench.json --svg $(BUILD)/bench.svg

# Simulations under ns-3.
testbin bench-sim: library
	+$(Q)$(MAKE) -C $(TOP)/tools/testing/libos $@

# The same library, built otherwise: configured as this one, with the options of
# arch/lib/configs/<name>.config added, in build/<name>/library.
variant = $(unless_dry)$(MAKE) O=$(BUILD)/$(1)/library KERNEL_SRC=$(source)
define build_variant
	$(Q)mkdir -p $(BUILD)/$(1)/library
	$(Q)cp $(KCONFIG_CONFIG) $(BUILD)/$(1)/library/.config
	+$(Q)$(call variant,$(1)) $(1).config
	+$(Q)$(call variant,$(1)) library
endef

PHONY += coverage test-kasan test-wheel
coverage: sets := build sim coverage
test-kasan: sets := build sim
test-wheel: sets := build sim wheel
coverage: deps configured testbin
	$(call build_variant,$@)
	$(Q)$(TOP)/tools/testing/libos/coverage.sh $(SUITES)

test-kasan: deps configured testbin
	$(call build_variant,kasan)
	$(Q)$(TOP)/tools/testing/libos/kasan.sh $(SUITES)

# The newest ns-3 of PyPI, and Python.
test-wheel: deps configured library
	+$(Q)$(MAKE) -C $(TOP)/tools/testing/libos SUITES='$(SUITES)' $@

check-tree: tree
	$(Q)$(TOP)/scripts/check-tree $(source) $(kernel)

## Cleaning

# As in the kernel: clean leaves what configures, mrproper nothing that was made. What was fetched
# goes with distclean.
PHONY += clean mrproper distclean
made = $(OUT)/liblinux*.so $(OUT)/nuse $(CARGO_TARGET_DIR) \
	$(addprefix $(BUILD)/,include liblinux.pc log bench.json bench.svg nuse.8 completion)

clean:
	$(Q)for obj in $(wildcard $(BUILD)/*/obj/Makefile); do \
		$(MAKE) -C $${obj%/*} ARCH=lib $@ || exit; \
	done
	$(Q)rm -rf $(made)

mrproper:
	$(Q)rm -rf $(made) $(filter-out $(BUILD)/source,$(wildcard $(BUILD)/*))
	$(Q)rm -f $(KCONFIG_CONFIG) $(KCONFIG_CONFIG).old

distclean: mrproper
	$(Q)rm -rf $(BUILD)

PHONY += help
help:
	@sed -n 's/^#help \?//p' $(TOP)/Makefile
	@if [ -e $(kernel)/tree ]; then $(kbuild) -s $@ | sed -n '/^Configuration targets/,/^$$/p'; fi

#help Linux as a library (ARCH=lib)
#help
#help   library        - liblinux-<kernelversion>.so, liblinux.so, build/include/liblinux.h
#help   nuse           - the program that runs others on a network stack of their own
#help   all            - both (default)
#help   man            - build/nuse.8, and build/completion for bash, zsh and fish
#help   hello          - everything from nothing to a ping by name through the library
#help   test           - everything from nothing to the result of all tests
#help   bench          - the table of measurements, beside the host's kernel
#help   testbin        - all that simulations under ns-3 need
#help   bench-sim      - simulated networks, beside ns-3's own stack
#help   coverage       - build/coverage/index.html: which lines of net/ the SUITES execute
#help   test-kasan     - the SUITES on a kernel that checks its own accesses of memory
#help   test-wheel     - the SUITES and the examples, one in Python, on the ns-3 that PyPI has
#help   check-tree     - proves that the kernel was built as it is, with arch/lib added
#help   deps           - installs the packages that all this needs, or says which they are
#help   kernelversion, kernelrelease
#help   clean          - removes what was built, but keeps the configuration
#help   mrproper       - removes the configuration too; distclean also the fetched kernels
#help
#help   make V=1                        shows the commands
#help   make -jN                        N jobs; without it one for each processor
#help   make O=dir                      puts all output there, .config included
#help   make KERNEL_SRC=dir             builds this kernel tree, and never writes to it
#help   make KERNEL_PACKAGE=name        builds this package of Debian (linux-source-6.12)
#help   make gdb.config                 adds debug information to the configuration; others are in
#help                                   arch/lib/configs/*.config
#help   make tiny_defconfig             a small TCP/IP, built in a fraction of the time
#help

.PHONY: $(PHONY)
