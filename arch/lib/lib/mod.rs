// SPDX-License-Identifier: GPL-2.0

//! Routines that generic code expects of an architecture.

pub mod checksum;
