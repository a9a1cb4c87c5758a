// A certificate transparency log for Fulcio to submit to: Tessera's tiles in a folder, and RFC 6962's add-pre-chain
// before them. It asks nobody who may submit, so it is for a laboratory.
//
//	ct-log --port 6962 --key log.pem --storage-dir log
package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	stdx509 "crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	ct "github.com/google/certificate-transparency-go"
	"github.com/google/certificate-transparency-go/tls"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/ctonly"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

const largestRequest = 1 << 20

// transparencyLog appends certificates and promises with its key that it did.
type transparencyLog struct {
	key crypto.Signer
	id  [sha256.Size]byte
	add func(context.Context, *ctonly.Entry) tessera.IndexFuture
}

func main() {
	port := flag.Int("port", 6962, "on the loopback")
	key := flag.String("key", "", "EC private key, PKCS#8 in PEM")
	storage := flag.String("storage-dir", "", "folder of the log")
	flag.Parse()
	opened, err := open(context.Background(), *key, *storage)
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("POST /ct/v1/add-pre-chain", opened.addPreChain)
	http.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	log.Fatal(http.ListenAndServe(fmt.Sprintf("127.0.0.1:%d", *port), nil))
}

func open(ctx context.Context, keyFile, folder string) (*transparencyLog, error) {
	key, err := privateKey(keyFile)
	if err != nil {
		return nil, err
	}
	public, err := stdx509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: folder})
	if err != nil {
		return nil, err
	}
	// Of checkpoints nothing is checked here, so their key lives as long as the process.
	secret, _, err := note.GenerateKey(rand.Reader, "ct-log")
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, err
	}
	options := tessera.NewAppendOptions().WithCTLayout().WithCheckpointSigner(signer).WithBatching(1, time.Millisecond)
	appender, _, _, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return nil, err
	}
	add := tessera.NewCertificateTransparencyAppender(appender)
	return &transparencyLog{key: key, id: sha256.Sum256(public), add: add}, nil
}

func (one *transparencyLog) addPreChain(answer http.ResponseWriter, request *http.Request) {
	var asked ct.AddChainRequest
	if err := json.NewDecoder(http.MaxBytesReader(answer, request.Body, largestRequest)).Decode(&asked); err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	promise, err := one.append(request.Context(), asked.Chain)
	if err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	answer.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(answer).Encode(promise)
}

// append puts a precertificate into the log and returns the signed promise, which names its place in the log.
func (one *transparencyLog) append(ctx context.Context, chain [][]byte) (*ct.AddChainResponse, error) {
	raw := make([]ct.ASN1Cert, len(chain))
	fingerprints := make([][sha256.Size]byte, len(chain))
	for index, certificate := range chain {
		raw[index] = ct.ASN1Cert{Data: certificate}
		fingerprints[index] = sha256.Sum256(certificate)
	}
	now := uint64(time.Now().UnixMilli())
	leaf, err := ct.MerkleTreeLeafFromRawChain(raw, ct.PrecertLogEntryType, now)
	if err != nil {
		return nil, err
	}
	precertificate := leaf.TimestampedEntry.PrecertEntry
	place, err := one.add(ctx, &ctonly.Entry{
		Timestamp:         now,
		IsPrecert:         true,
		Certificate:       precertificate.TBSCertificate,
		Precertificate:    chain[0],
		IssuerKeyHash:     precertificate.IssuerKeyHash[:],
		FingerprintsChain: fingerprints[1:],
	})()
	if err != nil {
		return nil, err
	}
	leaf.TimestampedEntry.Extensions = leafIndex(place.Index)
	return one.promise(leaf)
}

func (one *transparencyLog) promise(leaf *ct.MerkleTreeLeaf) (*ct.AddChainResponse, error) {
	entry := leaf.TimestampedEntry
	promised := ct.SignedCertificateTimestamp{
		SCTVersion: ct.V1, LogID: ct.LogID{KeyID: one.id}, Timestamp: entry.Timestamp, Extensions: entry.Extensions,
	}
	input, err := ct.SerializeSCTSignatureInput(promised, ct.LogEntry{Leaf: *leaf})
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(input)
	signed, err := one.key.Sign(rand.Reader, hash[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	signature, err := tls.Marshal(tls.DigitallySigned{
		Algorithm: tls.SignatureAndHashAlgorithm{Hash: tls.SHA256, Signature: tls.ECDSA}, Signature: signed,
	})
	if err != nil {
		return nil, err
	}
	return &ct.AddChainResponse{
		SCTVersion: ct.V1,
		ID:         one.id[:],
		Timestamp:  entry.Timestamp,
		Extensions: base64.StdEncoding.EncodeToString(entry.Extensions),
		Signature:  signature,
	}, nil
}

// leafIndex is the extension of type 0 by which a promise names its place: five bytes, the highest first.
func leafIndex(index uint64) ct.CTExtensions {
	return ct.CTExtensions{0, 0, 5, byte(index >> 32), byte(index >> 24), byte(index >> 16), byte(index >> 8), byte(index)}
}

func privateKey(file string) (crypto.Signer, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s must be PEM", file)
	}
	key, err := stdx509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%s must be a key that signs", file)
	}
	return signer, nil
}
