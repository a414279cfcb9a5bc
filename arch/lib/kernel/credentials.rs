// SPDX-License-Identifier: GPL-2.0

//! Credentials. Where programs are the host's, that decides who they become and what they may do; it
//! tells what has come of it, and the task is that, too.

use core::mem::{MaybeUninit, transmute};

use liblinux_abi::SimCredentials;

use crate::bindings::{self, cred, group_info, kernel_cap_t, kgid_t, kuid_t};
use crate::kernel::call::error;
use crate::kernel::task::{Args, SimTask};
use crate::mm::uaccess;

/// The current task has the credentials at `args[0]`, [`SimCredentials`] of the host's, from now on.
pub fn set(_task: &SimTask, args: &Args) -> isize {
    match change(args[0]) {
        Ok(()) => 0,
        Err(errno) => error(errno),
    }
}

fn change(at: usize) -> Result<(), u32> {
    let mut wanted = MaybeUninit::<SimCredentials>::uninit();
    // SAFETY: process context; what is read are numbers. Either all is committed, or all is given back.
    unsafe {
        read(wanted.as_mut_ptr().cast(), at, size_of::<SimCredentials>())?;
        let wanted = wanted.assume_init();
        let groups = read_groups(&wanted)?;
        let new = bindings::prepare_creds();
        if new.is_null() {
            bindings::lib_put_groups(groups);
            return Err(bindings::ENOMEM);
        }
        bindings::set_groups(new, groups);
        bindings::lib_put_groups(groups);
        set_numbers(&mut *new, &wanted);
        if let Err(errno) = set_account(new) {
            bindings::abort_creds(new);
            return Err(errno);
        }
        bindings::commit_creds(new);
    }
    Ok(())
}

fn set_numbers(new: &mut cred, wanted: &SimCredentials) {
    let [uid, euid, suid, fsuid] = wanted.users.map(|val| kuid_t { val });
    (new.uid, new.euid, new.suid, new.fsuid) = (uid, euid, suid, fsuid);
    let [gid, egid, sgid, fsgid] = wanted.groups.map(|val| kgid_t { val });
    (new.gid, new.egid, new.sgid, new.fsgid) = (gid, egid, sgid, fsgid);
    new.cap_effective = capabilities(wanted.effective);
    new.cap_permitted = capabilities(wanted.permitted);
}

/// Of the set, those that this kernel knows.
fn capabilities(set: u64) -> kernel_cap_t {
    const KNOWN: u64 = (1 << (bindings::CAP_LAST_CAP + 1)) - 1;
    // SAFETY: one word or two: 64 bits, the lowest first.
    unsafe { transmute::<u64, kernel_cap_t>(set & KNOWN) }
}

/// What the task uses is the real user's.
///
/// # Safety
///
/// `new` is not committed yet.
unsafe fn set_account(new: *mut cred) -> Result<(), u32> {
    // SAFETY: as the caller promises; the credentials own a reference to the account.
    unsafe {
        let account = bindings::alloc_uid((*new).uid);
        if account.is_null() {
            return Err(bindings::ENOMEM);
        }
        bindings::free_uid((*new).user);
        (*new).user = account;
        match bindings::set_cred_ucounts(new) {
            0 => Ok(()),
            failed => Err(-failed as u32),
        }
    }
}

/// The supplementary groups, with a reference for the caller.
///
/// # Safety
///
/// Process context.
unsafe fn read_groups(wanted: &SimCredentials) -> Result<*mut group_info, u32> {
    if wanted.supplementary_count > bindings::NGROUPS_MAX {
        return Err(bindings::EINVAL);
    }
    // SAFETY: as the caller promises; there is room for so many.
    unsafe {
        let groups = bindings::groups_alloc(wanted.supplementary_count as i32);
        if groups.is_null() {
            return Err(bindings::ENOMEM);
        }
        let len = wanted.supplementary_count as usize * size_of::<kgid_t>();
        let room = (*groups).gid.as_mut_ptr().cast();
        match read(room, wanted.supplementary as usize, len) {
            Ok(()) => bindings::groups_sort(groups),
            Err(errno) => {
                bindings::lib_put_groups(groups);
                return Err(errno);
            }
        }
        Ok(groups)
    }
}

/// # Safety
///
/// `to` has room for `len` bytes; process context.
unsafe fn read(to: *mut u8, from: usize, len: usize) -> Result<(), u32> {
    // SAFETY: as the caller promises.
    match unsafe { uaccess::copy_from_program(to, from as *const u8, len) } {
        0 => Ok(()),
        _ => Err(bindings::EFAULT),
    }
}
