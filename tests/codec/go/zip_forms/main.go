// Writes a zip archive by Go's own archive/zip, with which AIStore's targets write theirs, from lines "NAME-IN-HEX
// PAYLOAD-IN-HEX" on standard input.
//
//	aistore   stored, CRC and sizes behind the payload, the comment repeats the name: as in Get-Batch answers
//	deflate   the same, deflated
//	raw       stored, CRC and sizes ahead
//	folders   deflated, a folder before each member; an archive comment
package main

import (
	"archive/zip"
	"bufio"
	"encoding/hex"
	"hash/crc32"
	"io"
	"log"
	"os"
	"strings"
	"time"
)

func unhex(text string) []byte {
	out, err := hex.DecodeString(text)
	if err != nil {
		log.Fatal(err)
	}
	return out
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	archive := zip.NewWriter(out)
	form := os.Args[1]
	for lines.Scan() {
		fields := strings.Split(lines.Text(), " ")
		name, payload := string(unhex(fields[0])), unhex(fields[1])
		header := &zip.FileHeader{Name: name, Comment: name, Method: zip.Store, Modified: time.Unix(1700000000, 0)}
		if form == "deflate" || form == "folders" {
			header.Method = zip.Deflate
		}
		create := archive.CreateHeader
		if form == "raw" {
			create = archive.CreateRaw
			header.CRC32 = crc32.ChecksumIEEE(payload)
			header.UncompressedSize64 = uint64(len(payload))
			header.CompressedSize64 = uint64(len(payload))
		}
		if form == "folders" {
			if _, err := archive.Create("folder of " + name + "/"); err != nil {
				log.Fatal(err)
			}
		}
		var member io.Writer
		member, err := create(header)
		if err == nil {
			_, err = member.Write(payload)
		}
		if err != nil {
			log.Fatal(err)
		}
	}
	if form == "folders" {
		archive.SetComment("an archive of folders")
	}
	if err := archive.Close(); err != nil {
		log.Fatal(err)
	}
}
