// SPDX-License-Identifier: GPL-2.0

// Serves a folder.
package main

import (
	"log"
	"net"
	"net/http"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", "0.0.0.0:8000")
	if err != nil {
		log.Fatal(err)
	}
	log.Print("ready")
	log.Fatal(http.Serve(listener, http.FileServer(http.Dir(os.Args[1]))))
}
