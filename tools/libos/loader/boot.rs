// SPDX-License-Identifier: GPL-2.0

//! The first call of an image that is in its place.

use std::io;

use liblinux_abi::{SIM_ABI_VERSION, SimExported, SimImported, SimKernel};

use crate::error::Error;
use crate::image::Image;
use crate::layout::IMAGE_OFFSET;

type Init = unsafe extern "C" fn(*mut SimExported, *const SimImported, *mut SimKernel) -> i32;

/// Boots the instance at `base`; the library fills `exported` in.
///
/// # Safety
///
/// The image is mapped there and relocated, nobody uses it yet, and the tables are as `lib_init`
/// wants them.
pub unsafe fn boot(
    image: &Image,
    base: usize,
    exported: *mut SimExported,
    imported: *const SimImported,
    kernel: *mut SimKernel,
) -> Result<(), Error> {
    // SAFETY: as the caller promises; the image exports `lib_init` there.
    let failed = unsafe {
        (*exported).size = size_of::<SimExported>() as u32;
        (*exported).version = SIM_ABI_VERSION;
        let init: Init = core::mem::transmute(base + IMAGE_OFFSET + image.init);
        init(exported, imported, kernel)
    };
    if failed == 0 { Ok(()) } else { Err(Error::Boot(io::Error::from_raw_os_error(-failed))) }
}
