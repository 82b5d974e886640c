package cli

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// notifySystemd tells the service manager a state such as READY=1; without one it does nothing.
func notifySystemd(state string) {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return // who asked to be told is gone; there is nobody to tell that to
	}
	defer func() { _ = c.Close() }()
	_, _ = c.Write([]byte(state))
}

// reloadingState is RELOADING=1 with the time that Type=notify-reload asks for.
func reloadingState() string {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d", t.Nano()/1000)
}

// keepWatchdogQuiet tells the service manager that the process lives, as often as WATCHDOG_USEC asks for, while alive answers in time.
func keepWatchdogQuiet(ctx context.Context, alive func()) {
	usec, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64)
	if err != nil || usec <= 0 {
		return
	}
	t := time.NewTicker(time.Duration(usec) * time.Microsecond / 2)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			alive()
			notifySystemd("WATCHDOG=1")
		case <-ctx.Done():
			return
		}
	}
}
