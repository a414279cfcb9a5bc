// SPDX-License-Identifier: GPL-2.0

//! What an interface over passt has if nothing is said: it is the only station of a network that
//! passt makes, so the addresses can be the same everywhere.

use std::net::{IpAddr, Ipv4Addr};

use libos_vif::passt::Network;
use nuse_conf::{Conf, Interface, Ipv4Net, Route, VifType};

const ADDRESS: Ipv4Net = Ipv4Net { addr: Ipv4Addr::new(10, 0, 2, 15), prefix: 24 };
const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);
const RESOLVER: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 3);

/// Interfaces that do not say what carries them are packet sockets for root, passt for others. Gives
/// the first over passt an address, a gateway and a name server, if it has no address.
pub fn complete(conf: &mut Conf) {
    // SAFETY: asks for a number.
    let root = unsafe { libc::geteuid() } == 0;
    let usual = if root { VifType::Raw } else { VifType::Passt };
    for interface in &mut conf.interfaces {
        interface.vif.get_or_insert(usual);
    }
    let over_passt = |interface: &&mut Interface| interface.vif == Some(VifType::Passt);
    let Some(interface) = conf.interfaces.iter_mut().find(over_passt) else { return };
    if interface.address.is_some() {
        return;
    }
    interface.address = Some(ADDRESS);
    let default = |route: &Route| route.prefix == 0 && route.network.is_ipv4();
    if !conf.routes.iter().any(default) {
        let network = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let place = interface.place;
        conf.routes.push(Route { place, network, prefix: 0, gateway: GATEWAY.into() });
    }
    if conf.nameservers.is_empty() {
        conf.nameservers.push(RESOLVER.into());
    }
}

/// What passt is told of the network of an interface.
pub fn network(conf: &Conf, interface: &Interface) -> Network {
    let gateways = conf.routes.iter().map(|route| route.gateway);
    let here = |gateway: &IpAddr| {
        conf.interface_to(*gateway).is_some_and(|through| through.name == interface.name)
    };
    let ours = interface.address.filter(|net| net.has_host(RESOLVER));
    Network {
        address: interface.address.map(|net| (net.addr, net.prefix)),
        address6: interface.address6.map(|net| net.addr),
        gateways: gateways.filter(here).collect(),
        resolver: ours.map(|_| RESOLVER.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(text: &str) -> Conf {
        let mut conf = nuse_conf::parse("nuse.conf", text, &[]).unwrap();
        complete(&mut conf);
        conf
    }

    #[test]
    fn nothing_said_is_a_whole_network() {
        let conf = completed("interface p\nviftype PASST\n");
        let network = network(&conf, &conf.interfaces[0]);
        assert_eq!(network.address, Some((ADDRESS.addr, 24)));
        assert_eq!(network.gateways, [IpAddr::V4(GATEWAY)]);
        assert_eq!(network.resolver, Some(RESOLVER.into()));
        assert_eq!(conf.nameservers, [IpAddr::V4(RESOLVER)]);
    }

    #[test]
    fn what_is_said_stays() {
        let text = "interface p\nip 10.9.0.7/16\nviftype PASST\ngateway 10.9.0.1\ndns 10.9.9.9\n";
        let conf = completed(text);
        assert_eq!((conf.routes.len(), conf.nameservers.len()), (1, 1));
        let network = network(&conf, &conf.interfaces[0]);
        assert_eq!(network.address, Some(([10, 9, 0, 7].into(), 16)));
        assert_eq!(network.gateways, [IpAddr::from([10, 9, 0, 1])]);
        assert_eq!(network.resolver, None);
        let conf = completed("interface p\nviftype PASST\ndns 192.0.2.1\n");
        assert_eq!(conf.nameservers, [IpAddr::from([192, 0, 2, 1])]);
    }
}
