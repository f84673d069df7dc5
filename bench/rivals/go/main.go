// Go's net/http and archive/tar: a Go program without Aisle. A goroutine per batch in flight, connections kept, the
// archive read as it arrives and its payloads discarded. Reads .tar and .tgz.
//
// Takes the options of bench/programs/job.hpp and prints the same line of JSON.
package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"
)

type entry struct {
	Object string `json:"objname"`
}

type request struct {
	Mime   string  `json:"mime"`
	Coer   bool    `json:"coer"`
	Onob   bool    `json:"onob"`
	Stream bool    `json:"strm"`
	In     []entry `json:"in"`
}

type job struct {
	endpoint, bucket, format *string
	batch, batches           *int
	names                    []string
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench_go:", err)
		os.Exit(1)
	}
}

func (j *job) body(index int) []byte {
	r := request{Mime: *j.format, Coer: true, Stream: true}
	for i := 0; i < *j.batch; i++ {
		r.In = append(r.In, entry{j.names[(index**j.batch+i)%len(j.names)]})
	}
	b, err := json.Marshal(r)
	must(err)
	return b
}

type counts struct {
	samples, bytes int64
	first, whole   float64
	firstAt        time.Time
}

func (j *job) fetch(client *http.Client, index int) counts {
	var c counts
	asked := time.Now()
	// The client repeats method and body after a 307, as AIStore requires.
	r, err := http.NewRequest("GET", *j.endpoint+"/v1/ml/moss/"+*j.bucket+"?provider=ais", bytes.NewReader(j.body(index)))
	must(err)
	r.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(r)
	must(err)
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		must(fmt.Errorf("status %s", answer.Status))
	}
	var in io.Reader = answer.Body
	if *j.format == ".tgz" {
		z, err := gzip.NewReader(bufio.NewReaderSize(in, 256*1024))
		must(err)
		in = z
	}
	t := tar.NewReader(in)
	for {
		_, err := t.Next()
		if err == io.EOF {
			break
		}
		must(err)
		n, err := io.Copy(io.Discard, t)
		must(err)
		if c.samples == 0 {
			c.firstAt = time.Now()
			c.first = c.firstAt.Sub(asked).Seconds() * 1e3
		}
		c.samples++
		c.bytes += n
	}
	c.whole = time.Since(asked).Seconds() * 1e3
	_, err = io.Copy(io.Discard, in)
	must(err)
	_, err = io.Copy(io.Discard, answer.Body)
	must(err)
	return c
}

func cpu() float64 {
	var u syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

func median(v []float64) float64 {
	sort.Float64s(v)
	return v[len(v)/2]
}

func main() {
	j := job{endpoint: flag.String("endpoint", "", ""), bucket: flag.String("bucket", "", ""),
		format: flag.String("format", ".tar", ""), batch: flag.Int("batch", 128, ""), batches: flag.Int("batches", 256, "")}
	names := flag.String("names", "", "")
	inFlight := flag.Int("in-flight", 8, "")
	flag.String("mode", "", "")
	flag.Int("lowat", 0, "")
	flag.Int("object-bytes", 0, "")
	flag.Parse()
	text, err := os.ReadFile(*names)
	must(err)
	j.names = strings.Fields(string(text))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1024, DisableCompression: true,
		ReadBufferSize: 256 * 1024}}

	all := make([]counts, *j.batches)
	next := make(chan int, *j.batches)
	for i := range all {
		next <- i
	}
	close(next)
	before, began := cpu(), time.Now()
	var workers sync.WaitGroup
	for i := 0; i < *inFlight; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for index := range next {
				all[index] = j.fetch(client, index)
			}
		}()
	}
	workers.Wait()
	seconds, used := time.Since(began).Seconds(), cpu()-before

	var total counts
	var first, whole []float64
	firstAt := all[0].firstAt
	for _, c := range all {
		total.samples += c.samples
		total.bytes += c.bytes
		first, whole = append(first, c.first), append(whole, c.whole)
		if c.firstAt.Before(firstAt) {
			firstAt = c.firstAt
		}
	}
	line, err := json.Marshal(map[string]any{"samples": total.samples, "bytes": total.bytes, "seconds": seconds,
		"cpu_seconds": used, "first_sample_ms": firstAt.Sub(began).Seconds() * 1e3, "first_ms": median(first),
		"whole_ms": median(whole)})
	must(err)
	fmt.Println(string(line))
}
