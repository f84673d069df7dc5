// Writes a zip archive as AIStore's targets do, by Go's own archive/zip, to standard output. Its entries come from lines
// "SIZE MTIME NAME-IN-HEX" on standard input; the payload of an entry is as many letters 'x'.
package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"log"
	"os"
	"time"
)

func main() {
	time.Local = time.UTC
	archive := zip.NewWriter(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var size, mtime int64
		var text string
		fmt.Sscanf(lines.Text(), "%d %d %s", &size, &mtime, &text) // an empty name leaves text empty
		name, err := hex.DecodeString(text)
		if err != nil {
			log.Fatal(err)
		}
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: string(name), Comment: string(name),
			UncompressedSize64: uint64(size), Modified: time.Unix(mtime, 0)})
		if err != nil {
			log.Fatal(err)
		}
		if _, err := entry.Write(bytes.Repeat([]byte("x"), int(size))); err != nil {
			log.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		log.Fatal(err)
	}
}
