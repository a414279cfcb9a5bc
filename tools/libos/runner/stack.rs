// SPDX-License-Identifier: GPL-2.0

//! The program's stack, as the kernel has it: its arguments, its environment, and the auxiliary vector
//! (getauxval(3)). The strings stay where the kernel has put them for the runner.

use std::ffi::{CStr, c_char, c_int, c_void};

use crate::load::{self, Loaded};

/// What the kernel has given the runner.
pub struct Given {
    arguments: Vec<usize>,
    environment: Vec<*const c_char>,
    /// Pairs of a kind and a value.
    auxiliary: Vec<[usize; 2]>,
}

impl Given {
    /// # Safety
    ///
    /// The lists are those that the kernel has made: the auxiliary vector follows the environment.
    pub unsafe fn new(
        count: c_int,
        arguments: *const *const c_char,
        environment: *const *const c_char,
    ) -> Self {
        // SAFETY: as the caller promises.
        unsafe {
            let arguments = (0..count as usize).map(|i| *arguments.add(i) as usize).collect();
            let strings = (0..).map(|i| *environment.add(i)).take_while(|s| !s.is_null());
            let strings: Vec<_> = strings.collect();
            // Where the loader has removed variables, more than one null ends them.
            let after = (strings.len()..).find(|i| !(*environment.add(*i)).is_null());
            let pairs = environment.add(after.unwrap_or_default()).cast::<[usize; 2]>();
            let pairs = (0..).map(|i| *pairs.add(i)).take_while(|[kind, _]| *kind != 0);
            Given { arguments, auxiliary: pairs.collect(), environment: strings }
        }
    }

    /// The value of a variable; `name` ends in '='.
    pub fn variable(&self, name: &[u8]) -> Option<&CStr> {
        let string = self.environment.iter().find(|string| is(**string, name))?;
        // SAFETY: a string, of which this is the end.
        Some(unsafe { CStr::from_ptr(string.add(name.len())) })
    }
}

fn is(string: *const c_char, name: &[u8]) -> bool {
    // SAFETY: a string of the environment.
    unsafe { CStr::from_ptr(string) }.to_bytes().starts_with(name)
}

/// As large a stack as the program may have; where there is no limit, as large as it commonly is.
fn size() -> usize {
    const COMMON: u64 = 8 << 20;
    const LARGEST: u64 = 1 << 30;
    let mut limit = libc::rlimit { rlim_cur: COMMON, rlim_max: COMMON };
    // SAFETY: writable.
    unsafe { libc::getrlimit(libc::RLIMIT_STACK, &raw mut limit) };
    let wanted = if limit.rlim_cur == libc::RLIM_INFINITY { COMMON } else { limit.rlim_cur };
    wanted.clamp(1 << 17, LARGEST).next_multiple_of(4096) as usize
}

/// Between a stack and what is below it, as much as the kernel leaves free.
const GUARD: usize = 256 * 4096;

/// Makes the stack, for a program whose loader is at `base`. The stack pointer that it begins with.
pub fn build(given: &Given, path: &CStr, program: &Loaded, base: usize) -> Result<usize, String> {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let access = access | if program.executable_stack { libc::PROT_EXEC } else { 0 };
    let size = size();
    let guard =
        load::memory(GUARD + size, access).map_err(|reason| format!("its stack: {reason}"))?;
    let from = guard + GUARD;
    // SAFETY: new memory, of which this part is not used.
    unsafe { libc::mprotect(guard as *mut c_void, GUARD, libc::PROT_NONE) };
    let mut random = [0u8; 16];
    // SAFETY: writable.
    unsafe { libc::getrandom(random.as_mut_ptr().cast(), random.len(), 0) };
    let mut top = from + size;
    let mut push = |bytes: &[u8]| {
        top -= bytes.len();
        // SAFETY: on the new stack, which has room for more than a path.
        unsafe { (top as *mut u8).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        top
    };
    let (name, random) = (push(path.to_bytes_with_nul()), push(&random));
    let words = words(given, program, [base, name, random]);
    let pointer = (random - size_of_val(words.as_slice())) & !15;
    if pointer < from {
        return Err("its arguments are larger than its stack".to_string());
    }
    // SAFETY: on the new stack, as was just checked.
    unsafe { (pointer as *mut usize).copy_from_nonoverlapping(words.as_ptr(), words.len()) };
    Ok(pointer)
}

/// What is at the stack pointer.
fn words(given: &Given, program: &Loaded, [base, name, random]: [usize; 3]) -> Vec<usize> {
    let own = |string: &&*const c_char| !is(**string, nuse_runner::PROGRAM);
    let mut words = vec![given.arguments.len()];
    words.extend(&given.arguments);
    words.push(0);
    words.extend(given.environment.iter().filter(own).map(|string| *string as usize));
    words.push(0);
    let value = |[kind, value]: [usize; 2]| match kind as u64 {
        libc::AT_PHDR => program.headers,
        libc::AT_PHENT => program.headers_size,
        libc::AT_PHNUM => program.headers_count,
        libc::AT_ENTRY => program.entry,
        libc::AT_BASE => base,
        libc::AT_EXECFN => name,
        libc::AT_RANDOM => random,
        _ => value,
    };
    words.extend(given.auxiliary.iter().flat_map(|pair| [pair[0], value(*pair)]));
    words.extend([0, 0]);
    words
}
