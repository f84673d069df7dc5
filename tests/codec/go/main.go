// Writes tar headers and archives as AIStore's targets do, by Go's own archive/tar, from lines "SIZE MTIME NAME-IN-HEX"
// on standard input.
//
//	headers   for each line: the decimal length of its header blocks, a line feed, and the blocks;
//	          length 0 when Go refuses the name
//	archive   one archive; the payload of NAME is "NAME|" repeated and cut
package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"log"
	"os"
	"time"
)

func parse(line string) *tar.Header {
	var size, mtime int64
	var text string
	fmt.Sscanf(line, "%d %d %s", &size, &mtime, &text) // an empty name leaves text empty
	name, err := hex.DecodeString(text)
	if err != nil {
		log.Fatal(err)
	}
	return &tar.Header{Typeflag: tar.TypeReg, Name: string(name), Size: size, ModTime: time.Unix(mtime, 0), Mode: 0o644}
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	archive := tar.NewWriter(out)
	for lines.Scan() {
		header := parse(lines.Text())
		if os.Args[1] == "headers" {
			var blocks bytes.Buffer
			if tar.NewWriter(&blocks).WriteHeader(header) != nil {
				blocks.Reset()
			}
			fmt.Fprintf(out, "%d\n", blocks.Len())
			out.Write(blocks.Bytes())
			continue
		}
		name := header.Name + "|"
		payload := bytes.Repeat([]byte(name), int(header.Size)/len(name)+1)[:header.Size]
		if err := archive.WriteHeader(header); err != nil {
			log.Fatal(err)
		}
		if _, err := archive.Write(payload); err != nil {
			log.Fatal(err)
		}
	}
	if os.Args[1] == "archive" {
		if err := archive.Close(); err != nil {
			log.Fatal(err)
		}
	}
}
