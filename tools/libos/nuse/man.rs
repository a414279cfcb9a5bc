// SPDX-License-Identifier: GPL-2.0

//! `make man`: writes the manual page and completion for shells to the folder that it is given,
//! from the definition of the command line.

#[allow(dead_code, reason = "only the definition is needed")]
mod options;

use std::io;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

fn main() -> io::Result<()> {
    let folder = std::env::args_os().nth(1).expect("the argument is a folder");
    let folder = Path::new(&folder);
    let completion = folder.join("completion");
    std::fs::create_dir_all(&completion)?;

    let mut command = options::Options::command();
    let mut page = Vec::new();
    Man::new(command.clone()).section("8").render(&mut page)?;
    std::fs::write(folder.join("nuse.8"), page)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut command, "nuse", &mut script);
        std::fs::write(completion.join(shell.to_string()), script)?;
    }
    Ok(())
}
