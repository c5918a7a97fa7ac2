# Wait until the service has stopped changing its state.

look() { systemctl show -p ActiveState,SubState,NRestarts,Job,Result docker.service docker.socket; }
before=
same=0
for _ in $(seq 200); do
    now=$(look)
    case $now in
    *ActiveState=activating* | *ActiveState=deactivating*) same=0 ;;
    "$before") same=$((same + 1)) ;;
    *) same=0 ;;
    esac
    [ $same -ge 3 ] && break
    before=$now
    sleep 0.1
done
