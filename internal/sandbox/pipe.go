package sandbox

import (
	"net"
	"sync"
)

func pipe() (near, far net.Conn) { return net.Pipe() }

// oneConn is a listener that accepts a single connection.
type oneConn struct {
	conn net.Conn
	once sync.Once
	done chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	var c net.Conn
	if c, l.conn = l.conn, nil; c != nil {
		return c, nil
	}
	<-l.done
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *oneConn) Addr() net.Addr { return &net.UnixAddr{Name: "sandbox", Net: "pipe"} }
