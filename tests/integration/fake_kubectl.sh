#!/bin/sh
# Stands in for kubectl where there is no cluster: what `get` prints lies in the folder $FAKE_CLUSTER, what is changed is
# written down in its file `asked`, and `exec` runs on this machine. From the $FAKE_LOSES-th look at all pods on, those of
# `lost.json` are there instead.
set -eu
shift 2 # --namespace NAME
verb=$1
shift
all=$*
case $verb in
  get)
    case $all in
      nodes*) file=nodes ;;
      *'role in'*)
        echo . >>"$FAKE_CLUSTER/looks"
        file=pods
        if [ "$(wc -l <"$FAKE_CLUSTER/looks")" -ge "${FAKE_LOSES:-1000000}" ]; then file=lost; fi
        ;;
      pods*role=launcher*) file=launcher ;;
      deployments*role=backend*) file=backend ;;
      deployments*stack=reference*) file=stack ;;
      deployments*stack=*) file=claims ;; # none
      persistentvolumeclaims*) file=claims ;;
      *)
        echo "fake: $all" >&2
        exit 1
        ;;
    esac
    cat "$FAKE_CLUSTER/$file.json"
    ;;
  scale | set | rollout) echo "$verb $all" >>"$FAKE_CLUSTER/asked" ;;
  exec)
    shift 4 # POD --container NAME --
    cd "$FAKE_CLUSTER"
    case $all in
      *' --container meter '*) cat sight.json ;;
      *) PATH=$HOPCOST_BIN:$PATH exec "$@" ;;
    esac
    ;;
esac
