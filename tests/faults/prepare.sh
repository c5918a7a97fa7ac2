# Once for a host: what the recipes need, and a copy of all that they may change.

mkdir -p $KEPT /root/tls
getent passwd alice >/dev/null || useradd --create-home --shell /bin/bash alice
(
    cd /root/tls
    printf '[req]\ndistinguished_name=d\n[d]\n' >openssl.cnf
    export OPENSSL_CONF=/root/tls/openssl.cnf
    key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
    key ca-key.pem
    key key.pem
    key client-key.pem
    openssl req -x509 -new -key ca-key.pem -out ca.pem -days 300 -subj /CN=site-ca \
        -addext basicConstraints=critical,CA:TRUE
    openssl req -new -key key.pem -out server.csr -subj /CN=localhost
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >ext
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -extfile ext \
        -out cert.pem -days 300
    chmod 600 ./*key.pem
) 2>/dev/null
systemctl start docker.socket docker.service
docker image inspect bb:1 >/dev/null 2>&1 || docker import /opt/bb/bb.tar bb:1 >/dev/null
systemctl stop docker.socket docker.service
for path in /etc/docker /etc/default/docker /etc/init.d/docker /etc/systemd/system /etc/containerd \
    /etc/passwd /etc/shadow /etc/group /etc/gshadow /etc/subuid /etc/subgid /etc/resolv.conf \
    /root/.docker /home/alice /usr/lib/systemd/system/docker.service \
    /usr/lib/systemd/system/docker.socket /usr/lib/systemd/system/containerd.service \
    /etc/systemd/system.conf.d /etc/kubernetes /var/lib/kubelet /var/lib/dockerctl; do
    echo $path >>$KEPT/paths
    if [ -e $path ]; then
        mkdir -p $KEPT$(dirname $path)
        cp -a $path $KEPT$path
    fi
done
mkdir $KEPT/data
cp -a /var/lib/docker/. $KEPT/data/
systemctl start docker.socket docker.service
