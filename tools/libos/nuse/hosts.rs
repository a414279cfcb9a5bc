// SPDX-License-Identifier: GPL-2.0

//! `--host`: paths that are the host's for the programs of the stack.

use libos_host::Instance;
use nuse_conf::{Conf, Place};
use nuse_filter::paths;

/// A path that is the host's anyway is a mistake: somebody expects it to do something.
#[derive(Debug, thiserror::Error)]
#[error(
    "host {path} ({place}): that is the host's already: only these are not, and what is below them: {}",
    all()
)]
pub struct NoNeed {
    path: String,
    place: Place,
}

fn all() -> String {
    [paths::NETWORK, paths::RESOLVERS].concat().join(", ")
}

/// Tells the instance which paths are the host's.
pub fn give(instance: &Instance, conf: &Conf) -> Result<(), NoNeed> {
    if let Some(host) = conf.hosts.iter().find(|host| !paths::concerns(&host.path)) {
        return Err(NoNeed { path: host.path.clone(), place: host.place });
    }
    instance.give_paths(conf.hosts.iter().map(|host| host.path.as_str()));
    Ok(())
}
