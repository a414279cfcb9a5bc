// SPDX-License-Identifier: GPL-2.0

//! libc's own functions behind those that this crate replaces: what is more than a system call.

use core::ffi::{CStr, c_char, c_int, c_long, c_void};
use core::marker::PhantomData;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering};

use libc::{DIR, FILE, dirent64, gid_t, glob_t, pthread_attr_t, pthread_t, sigaction, uid_t};

use crate::exec::List;
use crate::{clone, code};

/// What glob(3) calls for directories that cannot be read.
pub type GlobError = Option<unsafe extern "C-unwind" fn(*const c_char, c_int) -> c_int>;

/// The next definition of a function, after ours.
pub struct Next<F> {
    name: &'static CStr,
    found: AtomicPtr<c_void>,
    kind: PhantomData<F>,
}

// SAFETY: holds a name and an atomic.
unsafe impl<F> Sync for Next<F> {}

impl<F: Copy> Next<F> {
    /// # Safety
    ///
    /// `F` is a pointer to functions of the kind that `name` is.
    pub const unsafe fn named(name: &'static CStr) -> Self {
        const { assert!(size_of::<F>() == size_of::<*mut c_void>()) };
        Next { name, found: AtomicPtr::new(null_mut()), kind: PhantomData }
    }

    /// The function. `None` if libc has none of that name.
    #[inline]
    pub fn get(&self) -> Option<F> {
        let mut found = self.found.load(Ordering::Relaxed);
        if found.is_null() {
            found = self.find();
        }
        // SAFETY: of that type, as promised to `named`.
        (!found.is_null()).then(|| unsafe { core::mem::transmute_copy(&found) })
    }

    #[cold]
    fn find(&self) -> *mut c_void {
        // SAFETY: a NUL-terminated name.
        let found = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr()) };
        self.found.store(found, Ordering::Relaxed);
        found
    }
}

/// Looks up what is called in signal handlers, where dlsym(3) must not be, or while somebody may wait with
/// its lock.
pub fn find_early() {
    SIGACTION.get();
    PTHREAD_CREATE.get();
    FIND_OBJECT.get();
    PTHREAD_KILL.get();
    SETCANCELTYPE.get();
    TESTCANCEL.get();
}

/// Defines each as a static.
macro_rules! next {
    ($($constant:ident = $name:literal: $kind:ty;)*) => {
        $(
            // SAFETY: as the manual page of the function has it.
            pub static $constant: Next<$kind> = unsafe { Next::named($name) };
        )*
    };
}

// Those at which a thread may end are "C-unwind": the end passes through our functions as an
// exception.
next! {
    SIGACTION = c"sigaction":
        unsafe extern "C" fn(c_int, *const sigaction, *mut sigaction) -> c_int;
    SETCANCELTYPE = c"pthread_setcanceltype": unsafe extern "C-unwind" fn(c_int, *mut c_int) -> c_int;
    TESTCANCEL = c"pthread_testcancel": unsafe extern "C-unwind" fn();
    PTHREAD_CREATE = c"pthread_create":
        unsafe extern "C-unwind" fn(*mut pthread_t, *const pthread_attr_t, *mut c_void, *mut c_void) -> c_int;
    FIND_OBJECT = c"_dl_find_object": unsafe extern "C" fn(*mut c_void, *mut code::Found) -> c_int;
    PTHREAD_KILL = c"pthread_kill": unsafe extern "C" fn(pthread_t, c_int) -> c_int;
    CANCEL = c"pthread_cancel": unsafe extern "C-unwind" fn(pthread_t) -> c_int;
    FORK = c"fork": unsafe extern "C-unwind" fn() -> c_int;
    QUICK_FORK = c"_Fork": unsafe extern "C-unwind" fn() -> c_int;
    CLONE = c"clone":
        unsafe extern "C-unwind" fn(
            clone::Function, *mut c_void, c_int, *mut c_void, usize, usize, usize,
        ) -> c_int;
    EXECVPE = c"execvpe": unsafe extern "C-unwind" fn(*const c_char, List, List) -> c_int;
    FOPEN = c"fopen64": unsafe extern "C-unwind" fn(*const c_char, *const c_char) -> *mut FILE;
    FDOPEN = c"fdopen": unsafe extern "C-unwind" fn(c_int, *const c_char) -> *mut FILE;
    FCLOSE = c"fclose": unsafe extern "C-unwind" fn(*mut FILE) -> c_int;
    OPENDIR = c"opendir": unsafe extern "C-unwind" fn(*const c_char) -> *mut DIR;
    FDOPENDIR = c"fdopendir": unsafe extern "C-unwind" fn(c_int) -> *mut DIR;
    READDIR = c"readdir64": unsafe extern "C-unwind" fn(*mut DIR) -> *mut dirent64;
    READDIR_R = c"readdir64_r":
        unsafe extern "C-unwind" fn(*mut DIR, *mut dirent64, *mut *mut dirent64) -> c_int;
    REWINDDIR = c"rewinddir": unsafe extern "C-unwind" fn(*mut DIR);
    SEEKDIR = c"seekdir": unsafe extern "C-unwind" fn(*mut DIR, c_long);
    TELLDIR = c"telldir": unsafe extern "C-unwind" fn(*mut DIR) -> c_long;
    DIRFD = c"dirfd": unsafe extern "C-unwind" fn(*mut DIR) -> c_int;
    CLOSEDIR = c"closedir": unsafe extern "C-unwind" fn(*mut DIR) -> c_int;
    GLOB = c"glob":
        unsafe extern "C-unwind" fn(*const c_char, c_int, GlobError, *mut glob_t) -> c_int;
    VDPRINTF = c"vdprintf": unsafe extern "C-unwind" fn(c_int, *const c_char, *mut c_void) -> c_int;
    VDPRINTF_CHECKED = c"__vdprintf_chk":
        unsafe extern "C-unwind" fn(c_int, c_int, *const c_char, *mut c_void) -> c_int;
    SETUID = c"setuid": unsafe extern "C" fn(uid_t) -> c_int;
    SETEUID = c"seteuid": unsafe extern "C" fn(uid_t) -> c_int;
    SETREUID = c"setreuid": unsafe extern "C" fn(uid_t, uid_t) -> c_int;
    SETRESUID = c"setresuid": unsafe extern "C" fn(uid_t, uid_t, uid_t) -> c_int;
    SETGID = c"setgid": unsafe extern "C" fn(gid_t) -> c_int;
    SETEGID = c"setegid": unsafe extern "C" fn(gid_t) -> c_int;
    SETREGID = c"setregid": unsafe extern "C" fn(gid_t, gid_t) -> c_int;
    SETRESGID = c"setresgid": unsafe extern "C" fn(gid_t, gid_t, gid_t) -> c_int;
    SETGROUPS = c"setgroups": unsafe extern "C" fn(usize, *const gid_t) -> c_int;
    INITGROUPS = c"initgroups": unsafe extern "C" fn(*const c_char, gid_t) -> c_int;
    FILENO = c"fileno": unsafe extern "C" fn(*mut FILE) -> c_int;
}
