// SPDX-License-Identifier: GPL-2.0

// Serves a folder.
package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	log.Print("ready")
	log.Fatal(http.ListenAndServe("0.0.0.0:8000", http.FileServer(http.Dir(os.Args[1]))))
}
