// SPDX-License-Identifier: GPL-2.0

//! execve(2): none of the program's threads may be in the library's kernel when the host replaces
//! it, and the new program is to find the instance whatever environment it is given.

use core::ffi::{CStr, c_char, c_int};
use core::ptr::null;
use std::ffi::CString;
use std::sync::OnceLock;

use crate::call::Call;
use crate::errno::{self, Errno, Outcome};
use crate::library::{self, kernel};
use crate::signals::held;
use crate::{host, instance, memory, vforked};

/// An argument list or an environment, as libc has them: strings up to a null pointer.
pub type List = *const *const c_char;

const PRELOAD: &[u8] = b"LD_PRELOAD=";
const INSTANCE: &[u8] = b"NUSE_INSTANCE=";

/// What a program may have been told that the next one is told anew.
const HIDDEN: [&[u8]; 3] = [INSTANCE, vforked::LETTERS, nuse_runner::PRELOAD];

/// The thread's descriptors: those of the process are not to be seen when its first thread has ended.
const OPEN_FILES: &str = "/proc/thread-self/fd/";

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
    let hidden = || find(nuse_runner::PRELOAD).map(|hidden| named(PRELOAD, hidden));
    let preload = find(PRELOAD).map(CString::from).or_else(hidden);
    if let (Some(instance), Some(preload)) = (find(INSTANCE), preload) {
        let _ = TOLD.set(Told { instance: instance.into(), preload });
    }
}

/// execve(2) or execveat(2), as a call.
pub fn by_call(call: Call) -> Outcome {
    let path = |index: usize| call.args[index] as *const c_char;
    let list = |index: usize| call.args[index] as List;
    // SAFETY: the program's own path and lists.
    unsafe {
        match call.nr {
            libc::SYS_execve => execve(path(0), list(1), list(2)),
            _ => execveat(call.int(0), path(1), [list(2), list(3)], call.int(4)),
        }
    }
}

/// execve(2).
///
/// # Safety
///
/// As for execve(2).
pub unsafe fn execve(path: *const c_char, arguments: List, environment: List) -> Outcome {
    let file = string(path).map(Into::into);
    let words = |list: List| [path as usize, arguments as usize, list as usize, 0, 0];
    // SAFETY: the program's own call.
    unsafe { replace(file, [arguments, environment], |list| (libc::SYS_execve, words(list))) }
}

/// execveat(2).
///
/// # Safety
///
/// As for execveat(2), with arguments and an environment.
pub unsafe fn execveat(
    folder: c_int,
    path: *const c_char,
    lists: [List; 2],
    flags: c_int,
) -> Outcome {
    let file = string(path).and_then(|path| file_at(folder, path, flags));
    let (folder, flags, arguments) = (folder as usize, flags as usize, lists[0] as usize);
    let words = |list: List| [folder, path as usize, arguments, list as usize, flags];
    // SAFETY: the program's own call.
    unsafe { replace(file, lists, |list| (libc::SYS_execveat, words(list))) }
}

/// A path for what execveat(2) is told.
fn file_at(folder: c_int, path: &CStr, flags: c_int) -> Option<CString> {
    let name = path.to_bytes();
    if name.first() == Some(&b'/') || folder == libc::AT_FDCWD && !name.is_empty() {
        return Some(path.into());
    }
    let known = !name.is_empty() || flags & libc::AT_EMPTY_PATH != 0;
    let slash: &[u8] = if name.is_empty() { b"" } else { b"/" };
    let below = format!("{OPEN_FILES}{folder}").into_bytes();
    known.then(|| CString::new([below.as_slice(), slash, name].concat()).ok()).flatten()
}

/// A copy of a descriptor that execve(2) would close. The runner closes it.
pub struct Copy(c_int);

impl Copy {
    /// Of the one that is named by a path.
    fn of(path: &CStr) -> Option<Self> {
        let path = path.to_str().ok()?;
        let number = path.strip_prefix(OPEN_FILES).or(path.strip_prefix("/proc/self/fd/"))?;
        let fd = number.parse::<usize>().ok()?;
        let flags = host::syscall(libc::SYS_fcntl, [fd, libc::F_GETFD as usize]).ok()?;
        let copy = || host::syscall(libc::SYS_fcntl, [fd, libc::F_DUPFD as usize, 0]).ok();
        let closed = flags as c_int & libc::FD_CLOEXEC != 0;
        closed.then(copy).flatten().map(|copy| Copy(copy as c_int))
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = host::close(self.0);
    }
}

/// The string at an address, if there is one: if not, the kernel says so.
pub fn string<'a>(address: *const c_char) -> Option<&'a CStr> {
    // SAFETY: it has an end; it is the program's, for the call.
    memory::is_string(address).then(|| unsafe { CStr::from_ptr(address) })
}

/// The function is not one of this libc's.
pub fn missing() -> c_int {
    errno::set(Errno(libc::ENOSYS));
    -1
}

/// What is executed instead of a static program.
pub struct Runner {
    path: CString,
    arguments: Vec<*const c_char>,
    environment: Vec<*const c_char>,
    /// What the lists point to.
    _strings: Vec<CString>,
    copy: Option<Copy>,
}

impl Runner {
    /// `None` if the file at `path` is executed by itself.
    ///
    /// # Safety
    ///
    /// The arguments and the environment are lists, which outlive this.
    pub unsafe fn of(path: &CStr, arguments: List, environment: List) -> Option<Self> {
        let runner = instance::runner()?;
        let needed = nuse_runner::needed(path)?;
        let mut told = nuse_runner::PROGRAM.to_vec();
        let copy = Copy::of(&needed.program);
        match &copy {
            Some(Copy(fd)) => told.extend(fd.to_string().into_bytes()),
            None => told.extend(nuse_runner::with_slash(&needed.program)),
        }
        let mut owned = needed.words;
        let replaced = usize::from(!owned.is_empty());
        owned.push(CString::new(told).ok()?);
        let of = |strings: &[CString]| strings.iter().map(|s| s.as_ptr()).collect::<Vec<_>>();
        let (told, before) = owned.split_last()?;
        let told = told.as_ptr();
        // SAFETY: as the caller promises.
        let given = |list| unsafe { strings(list) }.map(CStr::as_ptr);
        let is_told = |s: &CStr| s.to_bytes().starts_with(nuse_runner::PROGRAM);
        // SAFETY: as above.
        let kept = unsafe { strings(environment) }.filter(|s| !is_told(s)).map(CStr::as_ptr);
        Some(Runner {
            path: CString::new(format!("{OPEN_FILES}{runner}")).ok()?,
            arguments: of(before)
                .into_iter()
                .chain(given(arguments).skip(replaced))
                .chain([null()])
                .collect(),
            environment: kept.chain([told, null()]).collect(),
            _strings: owned,
            copy,
        })
    }

    /// The arguments of execve(2).
    pub fn words(&self) -> [usize; 5] {
        let lists = [&self.arguments, &self.environment].map(|list| list.as_ptr() as usize);
        [self.path.as_ptr() as usize, lists[0], lists[1], 0, 0]
    }

    /// What is to be closed if nothing comes of it.
    pub fn take_copy(&mut self) -> Option<Copy> {
        self.copy.take()
    }
}

/// Executes `file`, by `call` with the environment that it is given, or by the runner.
///
/// # Safety
///
/// What is at the addresses of the lists, if they can be read, are an argument list and an environment.
unsafe fn replace(
    file: Option<CString>,
    [arguments, environment]: [List; 2],
    call: impl FnOnce(List) -> (i64, [usize; 5]),
) -> Outcome {
    if ![arguments, environment].into_iter().all(memory::is_list) {
        return Err(Errno(libc::EFAULT));
    }
    if !instance::is_attached() {
        let (nr, args) = call(environment);
        return host::syscall(nr, args);
    }
    let is_own = kernel::is_own();
    let letters = if is_own { None } else { vforked::write_letters() };
    // SAFETY: as the caller promises.
    let (environment, runner) = unsafe {
        let environment = Environment::complete(environment, letters);
        let list = environment.list();
        (environment, file.and_then(|file| Runner::of(&file, arguments, list)))
    };
    let (nr, args) = match &runner {
        Some(runner) => (libc::SYS_execve, runner.words()),
        None => call(environment.list()),
    };
    if !is_own {
        return vforked::executing((environment, runner), || host::syscall(nr, args));
    }
    library::outside_calls(kernel::leave);
    let result = held::while_executing(|| host::syscall(nr, args));
    library::outside_calls(kernel::stay);
    result
}

/// An environment with all that the new program must be told.
pub struct Environment {
    list: Vec<*const c_char>,
    /// What the list points to.
    _more: [Option<CString>; 2],
}

impl Environment {
    /// `environment` as a new program is to find it, with `letters` ([`vforked`]).
    ///
    /// # Safety
    ///
    /// `environment` is a list.
    pub unsafe fn complete(environment: List, letters: Option<CString>) -> Self {
        let mut list = Vec::new();
        let mut given = None;
        // SAFETY: as the caller promises.
        for string in unsafe { strings(environment) } {
            match string.to_bytes() {
                bytes if bytes.starts_with(PRELOAD) => given = Some(string),
                bytes if HIDDEN.iter().any(|name| bytes.starts_with(name)) => {}
                _ => list.push(string.as_ptr()),
            }
        }
        let mut preload = None;
        if let Some(told) = TOLD.get() {
            let mut both = preloads(&told.preload, given);
            if nuse_runner::is_secure() {
                both = named(nuse_runner::PRELOAD, &both);
            }
            list.extend([told.instance.as_ptr(), both.as_ptr()]);
            preload = Some(both);
        }
        list.extend(letters.iter().map(|letters| letters.as_ptr()));
        list.push(null());
        Environment { list, _more: [preload, letters] }
    }

    pub fn list(&self) -> List {
        self.list.as_ptr()
    }
}

/// The value of another variable as that of `name`.
fn named(name: &[u8], other: &CStr) -> CString {
    let value = other.to_bytes().splitn(2, |byte| *byte == b'=').last().unwrap_or_default();
    CString::new([name, value].concat()).unwrap_or_default()
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
    fn a_value_keeps_its_signs() {
        assert_eq!(named(b"B=", c"A=x=y:z").as_c_str(), c"B=x=y:z");
        assert_eq!(named(b"B=", c"A=").as_c_str(), c"B=");
    }

    #[test]
    fn an_empty_environment_is_one() {
        // SAFETY: null is no list.
        let environment = unsafe { Environment::complete(null(), None) };
        assert!(environment.list.last().is_some_and(|last| last.is_null()));
    }
}
