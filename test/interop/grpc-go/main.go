// Calls an xds:/// target again and again and prints, for every call, the backend that answered or the error.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	_ "google.golang.org/grpc/xds"
)

// usage: grpc-go TARGET CALLS INTERVAL_MS, with GRPC_XDS_BOOTSTRAP in the environment.
func main() {
	calls, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	interval, err := strconv.Atoi(os.Args[3])
	if err != nil {
		panic(err)
	}
	conn, err := grpc.NewClient(os.Args[1], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	client := healthpb.NewHealthClient(conn)
	for i := 0; i < calls; i++ {
		fmt.Println(call(client))
		time.Sleep(time.Duration(interval) * time.Millisecond)
	}
}

func call(client healthpb.HealthClient) string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var header metadata.MD
	_, err := client.Check(ctx, &healthpb.HealthCheckRequest{}, grpc.Header(&header), grpc.WaitForReady(true))
	if err != nil {
		return fmt.Sprintf("error %v", err)
	}
	if backend := header.Get("backend"); len(backend) == 1 {
		return "backend " + backend[0]
	}
	return "error no backend header"
}
