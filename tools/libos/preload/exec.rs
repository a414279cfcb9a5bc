// SPDX-License-Identifier: GPL-2.0

//! execve(2): none of the program's threads may be in the library's kernel when the host replaces
//! it, and the new program is to find the instance whatever environment it is given.

use core::ffi::{CStr, c_char, c_int};
use core::ptr::null;
use std::ffi::CString;
use std::sync::OnceLock;

use crate::library::{self, kernel};
use crate::{errno, instance};

/// An argument list or an environment, as libc has them: strings up to a null pointer.
pub type List = *const *const c_char;

const PRELOAD: &[u8] = b"LD_PRELOAD=";
const INSTANCE: &[u8] = b"NUSE_INSTANCE=";

/// What a program must be told.
struct Told {
    instance: CString,
    preload: CString,
}

static TOLD: OnceLock<Told> = OnceLock::new();

/// Remembers what this program was told.
///
/// # Safety
///
/// The environment is the program's own.
pub unsafe fn remember(environment: List) {
    // SAFETY: as the caller promises.
    let find = |name| unsafe { strings(environment) }.find(|s| s.to_bytes().starts_with(name));
    if let (Some(instance), Some(preload)) = (find(INSTANCE), find(PRELOAD)) {
        let _ = TOLD.set(Told { instance: instance.into(), preload: preload.into() });
    }
}

/// Has `run` execute a program with `environment`, completed. Returns what `run` does: it failed.
///
/// # Safety
///
/// The environment is a list.
pub unsafe fn replace(environment: List, run: impl FnOnce(List) -> c_int) -> c_int {
    if !instance::is_attached() {
        return run(environment);
    }
    // SAFETY: as the caller promises.
    let environment = unsafe { Environment::complete(environment) };
    library::outside_calls(kernel::leave);
    let result = run(environment.list());
    errno::preserved(|| library::outside_calls(kernel::stay));
    result
}

/// An environment with all that the new program must be told.
pub struct Environment {
    list: Vec<*const c_char>,
    /// What the list points to.
    _preload: Option<CString>,
}

impl Environment {
    /// # Safety
    ///
    /// `environment` is a list.
    pub unsafe fn complete(environment: List) -> Self {
        let mut list = Vec::new();
        let mut given = None;
        // SAFETY: as the caller promises.
        for string in unsafe { strings(environment) } {
            match string.to_bytes() {
                bytes if bytes.starts_with(PRELOAD) => given = Some(string),
                bytes if bytes.starts_with(INSTANCE) => {}
                _ => list.push(string.as_ptr()),
            }
        }
        let mut preload = None;
        if let Some(told) = TOLD.get() {
            let both = preloads(&told.preload, given);
            list.extend([told.instance.as_ptr(), both.as_ptr()]);
            preload = Some(both);
        }
        list.push(null());
        Environment { list, _preload: preload }
    }

    pub fn list(&self) -> List {
        self.list.as_ptr()
    }
}

/// LD_PRELOAD as `given`, with the interposer, the first of `told`, before the rest.
fn preloads(told: &CStr, given: Option<&CStr>) -> CString {
    let told = told.to_bytes();
    let interposer = told.split(|byte| *byte == b':').next().unwrap_or(told);
    let given = given.map_or(&[][..], |given| &given.to_bytes()[PRELOAD.len()..]);
    let own = &interposer[PRELOAD.len()..];
    let others: Vec<&[u8]> =
        given.split(|b| *b == b':').filter(|o| !o.is_empty() && *o != own).collect();
    let mut all = interposer.to_vec();
    for other in others {
        all.push(b':');
        all.extend(other);
    }
    CString::new(all).unwrap_or_default()
}

/// # Safety
///
/// `list` is a list, or null.
unsafe fn strings<'a>(list: List) -> impl Iterator<Item = &'a CStr> {
    let mut at = list;
    core::iter::from_fn(move || {
        // SAFETY: as the caller promises: a null pointer ends it.
        unsafe {
            if at.is_null() || (*at).is_null() {
                return None;
            }
            let string = CStr::from_ptr(*at);
            at = at.add(1);
            Some(string)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interposer_comes_first_and_once() {
        let told = c"LD_PRELOAD=/lib/nuse.so:/lib/a.so";
        let all = |given| preloads(told, given).into_string().unwrap_or_default();
        assert_eq!(all(None), "LD_PRELOAD=/lib/nuse.so");
        assert_eq!(all(Some(c"LD_PRELOAD=/lib/b.so")), "LD_PRELOAD=/lib/nuse.so:/lib/b.so");
        assert_eq!(all(Some(told)), "LD_PRELOAD=/lib/nuse.so:/lib/a.so");
    }

    #[test]
    fn an_empty_environment_is_one() {
        // SAFETY: null is no list.
        let environment = unsafe { Environment::complete(null()) };
        assert!(environment.list.last().is_some_and(|last| last.is_null()));
    }
}
