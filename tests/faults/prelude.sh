# Words for the recipes; read by bash -eu inside a lab host.

CONFIG=/etc/docker/daemon.json
FD="-H fd:// --containerd=/run/containerd/containerd.sock"
KEPT=/root/kept
HIDDEN=/root/hidden

# The whole of daemon.json.
json() { printf '%s\n' "$1" >$CONFIG; }

# drop_in UNIT LINE...: one drop-in of a unit, and systemd knows it.
drop_in() {
    local folder=/etc/systemd/system/$1.d
    shift
    mkdir -p "$folder"
    printf '%s\n' "$@" >"$folder/50-site.conf"
    systemctl daemon-reload
}

# service LINE...: settings of the section [Service] of docker.service.
service() { drop_in docker.service '[Service]' "$@"; }

# flags WORD...: the whole command line of dockerd.
flags() { service ExecStart= "ExecStart=/usr/sbin/dockerd $*"; }

off() { systemctl stop docker.socket docker.service; }

# hold NAME WORD...: a process that stays until the fault is taken back.
hold() {
    local name=$1
    shift
    systemd-run --quiet --collect --unit="fault-$name" -- "$@"
}

# listener NAME ADDRESS PORT: somebody else's TCP server.
listener() {
    hold "$1" /usr/bin/python3 -c "
import socket, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('$2', $3))
s.listen()
time.sleep(3600)"
    until ss -Hltn "sport = :$3" | grep -q .; do sleep 0.05; done
}

# hide PATH: as if the file had been removed.
hide() {
    mkdir -p "$HIDDEN$(dirname "$1")"
    mv "$1" "$HIDDEN$1"
    echo "$1" >>$HIDDEN/paths
}

# disk FOLDER [OPTIONS]: a file system of its own there.
disk() {
    mkdir -p "$1"
    mount -t tmpfs ${2:+-o "$2"} fault "$1"
}

# hang FOLDER: a file system there that never answers, as of a file server that is gone. The kernel
# waits for the first answer of a FUSE server, and this one says nothing.
hang() {
    mkdir -p "$1"
    [ -e /dev/fuse ] || mknod /dev/fuse c 10 229
    hold hang /usr/bin/python3 -c "
import ctypes, os, time
fd = os.open('/dev/fuse', os.O_RDWR)
words = b'fd=%d,rootmode=40000,user_id=0,group_id=0' % fd
if ctypes.CDLL(None).mount(b'server:/export', b'$1', b'fuse.sshfs', 0, words):
    raise SystemExit(1)
time.sleep(3600)"
    until grep -q " $1 fuse" /proc/mounts; do sleep 0.05; done
}

# What frightens no daemon: the number of a process that has nothing to do with Docker.
stranger() { systemctl show -P MainPID dbus.service; }

main_pid() { systemctl show -P MainPID docker.service; }

image() { docker image inspect bb:1 >/dev/null; }

# The folder of a certificate authority with a server's and a client's certificate, as made once.
tls() { cp -a /root/tls /etc/docker/tls; }

tls_config='{"tlsverify": true, "tlscacert": "/etc/docker/tls/ca.pem",
 "tlscert": "/etc/docker/tls/cert.pem", "tlskey": "/etc/docker/tls/key.pem"}'

# certificate WORD...: the server's certificate again, with other words for openssl.
certificate() { (
    cd /etc/docker/tls
    printf 'subjectAltName=%s\n' "${NAMES:-DNS:localhost,IP:127.0.0.1}" >ext
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial \
        -extfile ext -out cert.pem "$@" 2>/dev/null
); }
