// The same lines as log_table.c, written and read by golang.org/x/mod/sumdb.
package main

import (
	"bufio"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const most = 300

var roots [most + 1]tlog.Hash
var stored []tlog.Hash

func need(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func leaf(i int64) []byte { return []byte(fmt.Sprintf("leaf %d", i)) }

var reader = tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, x := range at {
		out[i] = stored[x]
	}
	return out, nil
})

func fill() {
	for i := int64(0); i < most; i++ {
		hashes, err := tlog.StoredHashes(i, leaf(i), reader)
		need(err)
		stored = append(stored, hashes...)
		roots[i+1], err = tlog.TreeHash(i+1, reader)
		need(err)
	}
}

func join(hashes []tlog.Hash) string {
	if len(hashes) == 0 {
		return "-"
	}
	words := make([]string, len(hashes))
	for i, hash := range hashes {
		words[i] = hash.String()
	}
	return strings.Join(words, ",")
}

func write() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for size := int64(1); size <= most; size++ {
		fmt.Fprintf(out, "root %d %s\n", size, roots[size])
		for i := int64(0); i < size; i++ {
			proof, err := tlog.ProveRecord(size, i, reader)
			need(err)
			fmt.Fprintf(out, "inclusion %d %d %s\n", i, size, join(proof))
		}
		for old := int64(1); old <= size; old++ {
			proof, err := tlog.ProveTree(size, old, reader)
			need(err)
			fmt.Fprintf(out, "consistency %d %d %s\n", old, size, join(proof))
		}
	}
	secret, public, err := note.GenerateKey(rand.Reader, "go.example.org/table/1")
	need(err)
	signer, err := note.NewSigner(secret)
	need(err)
	text, err := note.Sign(&note.Note{Text: "go.example.org/table/1\n300\nfrom go\n"}, signer)
	need(err)
	fmt.Fprintf(out, "note %s %s\n", public, base64.StdEncoding.EncodeToString(text))
}

func split(word string) ([]tlog.Hash, bool) {
	if word == "-" {
		return nil, true
	}
	var out []tlog.Hash
	for _, one := range strings.Split(word, ",") {
		hash, err := tlog.ParseHash(one)
		if err != nil {
			return nil, false
		}
		out = append(out, hash)
	}
	return out, true
}

func number(word string) int64 {
	value, err := strconv.ParseInt(word, 10, 64)
	if err != nil || value > most {
		return -1
	}
	return value
}

func good(words []string) bool {
	switch {
	case len(words) == 3 && words[0] == "root":
		size := number(words[1])
		return size >= 1 && words[2] == roots[size].String()
	case len(words) == 4 && words[0] == "inclusion":
		index, size := number(words[1]), number(words[2])
		proof, ok := split(words[3])
		return ok && index >= 0 && index < size && tlog.CheckRecord(proof,
			size, roots[size], index, tlog.RecordHash(leaf(index))) == nil
	case len(words) == 4 && words[0] == "consistency":
		old, size := number(words[1]), number(words[2])
		proof, ok := split(words[3])
		return ok && old >= 1 && old <= size && tlog.CheckTree(proof, size,
			roots[size], old, roots[old]) == nil
	case len(words) == 3 && words[0] == "note":
		verifier, err := note.NewVerifier(words[1])
		if err != nil {
			return false
		}
		text, err := base64.StdEncoding.DecodeString(words[2])
		if err != nil {
			return false
		}
		_, err = note.Open(text, note.VerifierList(verifier))
		return err == nil
	}
	return false
}

func main() {
	fill()
	if len(os.Args) == 2 && os.Args[1] == "write" {
		write()
		return
	}
	right, wrong := 0, 0
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<16)
	for in.Scan() {
		if good(strings.Split(in.Text(), " ")) {
			right++
		} else {
			wrong++
		}
	}
	need(in.Err())
	fmt.Println(right, wrong)
}
