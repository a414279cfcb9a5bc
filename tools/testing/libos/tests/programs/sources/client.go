// SPDX-License-Identifier: GPL-2.0

// Fetches a URL, in many goroutines, and does what else programs in Go do. Says what came of it.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const goroutines = 40

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// What is to be fetched is in a file.
func fetch(url, file string) {
	served, err := os.ReadFile(file)
	must(err)
	var good int32
	var all sync.WaitGroup
	for i := 0; i < goroutines; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			answer, err := http.Get(url)
			must(err)
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			must(err)
			if bytes.Equal(body, served) {
				atomic.AddInt32(&good, 1)
			}
		}()
	}
	all.Wait()
	fmt.Println("fetched", good)
}

func lookup(name string) {
	addresses, err := (&net.Resolver{PreferGo: true}).LookupIP(context.Background(), "ip4", name)
	must(err)
	fmt.Println("lookup", addresses)
	interfaces, err := net.Interfaces()
	must(err)
	for _, one := range interfaces {
		fmt.Println("interface", one.Name, one.MTU)
	}
}

// A child that gets a listener, and answers one connection: a program such as this.
func inherit(program string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	file, err := listener.(*net.TCPListener).File()
	must(err)
	child := exec.Command(program, "child")
	child.ExtraFiles = []*os.File{file}
	child.Stderr = os.Stderr
	must(child.Start())
	address := listener.Addr().String()
	listener.Close()
	file.Close()
	connection, err := net.Dial("tcp", address)
	must(err)
	answer, err := io.ReadAll(connection)
	must(err)
	must(child.Wait())
	fmt.Printf("%s", answer)
}

func child() {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	must(err)
	connection, err := listener.Accept()
	must(err)
	fmt.Fprintf(connection, "a child with a listener\n")
	connection.Close()
}

func start() {
	said, err := exec.Command("ip", "-br", "addr").Output()
	must(err)
	fmt.Printf("%s", said)
	_, err = exec.Command("/no/such").Output()
	fmt.Println("no such program:", err)
}

func recovers() {
	defer func() { fmt.Println("recovered:", recover()) }()
	var nothing *int
	*nothing = 1
}

// Goroutines that never let go are interrupted by signals.
func compete() {
	var stop int32
	for i := 0; i < runtime.NumCPU()+1; i++ {
		go func() {
			for n := 0; atomic.LoadInt32(&stop) == 0; n++ {
			}
		}()
	}
	ticks := 0
	ticker := time.NewTicker(10 * time.Millisecond)
	for range ticker.C {
		runtime.GC()
		if ticks++; ticks == 10 {
			break
		}
	}
	atomic.StoreInt32(&stop, 1)
	fmt.Println("ticks", ticks)
}

// A setting of the stack, and what the kernel says of it.
func setting() {
	const file = "/proc/sys/net/ipv4/ip_default_ttl"
	must(os.WriteFile(file, []byte("77"), 0))
	value, err := os.ReadFile(file)
	must(err)
	// What a thread has there is given back when it ends.
	for _, of := range []string{"thread-self/net/route", "net/snmp", "net/if_inet6"} {
		_, err = os.ReadFile("/proc/" + of)
		must(err)
	}
	_, err = os.Stat("/sys/class/net/eth0")
	fmt.Println("ttl", strings.TrimSpace(string(value)), err)
}

// Goroutines that copy from one connection to another have the kernel do it.
func relay() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	go func() {
		connection, err := listener.Accept()
		must(err)
		io.Copy(connection, connection)
		connection.Close()
	}()
	connection, err := net.Dial("tcp", listener.Addr().String())
	must(err)
	sent := bytes.Repeat([]byte("0123456789"), 100000)
	go func() {
		connection.Write(sent)
		connection.(*net.TCPConn).CloseWrite()
	}()
	received, err := io.ReadAll(connection)
	must(err)
	fmt.Println("relayed", bytes.Equal(sent, received))
}

func signals() {
	arrived := make(chan os.Signal, 1)
	signal.Notify(arrived, syscall.SIGUSR1)
	must(syscall.Kill(os.Getpid(), syscall.SIGUSR1))
	fmt.Println("signal", <-arrived)
}

func deadline() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	connection, err := net.Dial("tcp", listener.Addr().String())
	must(err)
	must(connection.SetReadDeadline(time.Now().Add(50 * time.Millisecond)))
	_, err = connection.Read(make([]byte, 1))
	fmt.Println("timeout", err.(net.Error).Timeout())
}

func main() {
	if os.Args[1] == "child" {
		child()
		return
	}
	fetch(os.Args[1], os.Args[2])
	lookup(os.Args[3])
	start()
	for _, program := range os.Args[4:] {
		inherit(program)
	}
	recovers()
	compete()
	setting()
	relay()
	signals()
	deadline()
}
