// SPDX-License-Identifier: GPL-2.0

// A library for programs in other languages: it echoes to itself, and fetches.
package main

import "C"

import (
	"io"
	"net"
	"net/http"
	"sync"
)

//export Echoes
func Echoes(count C.int) C.int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return -1
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go io.Copy(connection, connection)
		}
	}()
	var all sync.WaitGroup
	good := make(chan bool, count)
	for i := 0; i < int(count); i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			connection, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				return
			}
			defer connection.Close()
			answer := make([]byte, 5)
			connection.Write([]byte("hello"))
			if _, err = io.ReadFull(connection, answer); err == nil && string(answer) == "hello" {
				good <- true
			}
		}()
	}
	all.Wait()
	return C.int(len(good))
}

//export Fetched
func Fetched(url *C.char) C.int {
	answer, err := http.Get(C.GoString(url))
	if err != nil {
		return -1
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	return C.int(len(body))
}

func main() {}
