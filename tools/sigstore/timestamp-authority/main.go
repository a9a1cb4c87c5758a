// Sigstore's timestamp authority with a key of its own, made when it starts. Its own program serves metrics besides, on
// a port that nobody can choose, so that there could be one of it on a machine.
//
//	timestamp-authority --port 3004
package main

import (
	"flag"
	"log"
	"time"

	"github.com/sigstore/timestamp-authority/v2/pkg/server"
	"github.com/spf13/viper"
)

const (
	policy  = "1.3.6.1.4.1.57264.2"
	timeout = 30 * time.Second
)

func main() {
	port := flag.Int("port", 3004, "on the loopback")
	flag.Parse()
	viper.Set("timestamp-signer", "memory")
	viper.Set("timestamp-signer-hash", "sha256")
	viper.Set("default-policy-oid", policy)
	viper.Set("accepted-policy-oids", []string{policy})
	viper.Set("max-request-body-size", 1<<20)
	log.Fatal(server.NewRestAPIServer("127.0.0.1", *port, []string{"http"}, false, timeout, timeout).Serve())
}
