// go run client.go URL COUNT: prints so many events, by github.com/donovanhide/eventsource.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/donovanhide/eventsource"
)

func main() {
	stream, err := eventsource.Subscribe(os.Args[1], "")
	if err != nil {
		panic(err)
	}
	count, _ := strconv.Atoi(os.Args[2])
	for count > 0 {
		event := <-stream.Events
		kind := event.Event()
		if kind == "" {
			// It gives blocks without data, too, which are no events.
			if event.Data() == "" {
				continue
			}
			kind = "message"
		}
		count--
		line, _ := json.Marshal(map[string]string{"type": kind, "id": event.Id(), "data": event.Data()})
		fmt.Println(string(line))
	}
	stream.Close()
}
