// What Go, and so AIStore, makes of standard input:
//
//	gzip LEVEL    one member of compress/gzip, as Go writes it for an AIStore target
//	gzip-header   the same with every field of the header in use
//	crc32c        the digits of hash/crc32's Castagnoli sum, as AIStore writes them
package main

import (
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"log"
	"os"
	"strconv"
	"time"
)

func main() {
	if os.Args[1] == "crc32c" {
		sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
		if _, err := io.Copy(sum, os.Stdin); err != nil {
			log.Fatal(err)
		}
		fmt.Print(hex.EncodeToString(sum.Sum(nil)))
		return
	}
	level := gzip.BestSpeed
	if len(os.Args) > 2 {
		level, _ = strconv.Atoi(os.Args[2])
	}
	packed, err := gzip.NewWriterLevel(os.Stdout, level)
	if err != nil {
		log.Fatal(err)
	}
	if os.Args[1] == "gzip-header" {
		packed.Name, packed.Comment, packed.Extra = "a name", "a comment", []byte("extra\x00bytes")
		packed.ModTime = time.Unix(1700000000, 0)
	}
	if _, err := io.Copy(packed, os.Stdin); err != nil {
		log.Fatal(err)
	}
	if err := packed.Close(); err != nil {
		log.Fatal(err)
	}
}
