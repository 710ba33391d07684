#!/bin/sh
# From signing in to the first message, with nothing but curl (and Python to pick values out of JSON).
#
#     make run                      # in another terminal
#     sh examples/walk_through.sh   # or with another address: sh examples/walk_through.sh http://127.0.0.1:9000
#
# It needs an Ana and a Ben who have not answered each other yet, so it works once for each new set of demo members.
set -eu
SITE="${1:-http://127.0.0.1:8000}"
PASSWORD=alliv-demo-2026

# `value .a.b` of the JSON on stdin: a dot for each name, a number for a place in a list.
value() { python3 -c 'import functools, json, sys
print(functools.reduce(lambda found, name: found[int(name)] if name.isdigit() else found[name], sys.argv[1].strip(".").split("."), json.load(sys.stdin)))' "$1"; }
say() { printf '\n— %s\n' "$*"; }
# `call TOKEN METHOD PATH [BODY]`
call() { curl --silent --show-error --request "$2" "$SITE$3" --header "Authorization: Bearer $1" --header 'Content-Type: application/json' ${4:+--data "$4"}; }
sign_in() { curl --silent --show-error --fail "$SITE/api/auth/login" --header 'Content-Type: application/json' \
  --data "{\"email\": \"$1@demo.alliv.test\", \"password\": \"$PASSWORD\"}"; }

say "Ana and Ben sign in"
ANA=$(sign_in ana | value .access)
BEN=$(sign_in ben | value .access)
ANA_ID=$(call "$ANA" GET /api/me | value .id)

say "Ana discovers: who fits best, and why"
BEST=$(call "$ANA" GET '/api/discover?limit=1')
printf '%s: %s of 100. %s\n' "$(printf %s "$BEST" | value .results.0.member.name)" "$(printf %s "$BEST" | value .results.0.score)" \
  "$(printf %s "$BEST" | value .results.0.reasons.0.text)"

say "Ana likes Ben, with a note"
BEN_ID=$(call "$BEN" GET /api/me | value .id)
LIKED=$(call "$ANA" POST /api/swipes "{\"target\": \"$BEN_ID\", \"action\": \"super_like\", \"note\": \"Shall we?\"}")
echo "$LIKED"
case "$LIKED" in *'"matched":false'*) ;; *)
  echo "Ana and Ben have answered each other before. To begin anew: stop the server, delete its folder var, and make run." >&2; exit 1 ;;
esac

say "Ben finds it among his invitations, and likes her back: a match"
call "$BEN" GET '/api/invitations?limit=1' | value .results.0.note
ROOM=$(call "$BEN" POST /api/swipes "{\"target\": \"$ANA_ID\", \"action\": \"like\"}" | value .match.room)

say "Ben writes; the same client_id again would be the same message"
CLIENT_ID=$(python3 -c 'import uuid; print(uuid.uuid4())')
SEQ=$(call "$BEN" POST "/api/chat/rooms/$ROOM/messages" "{\"client_id\": \"$CLIENT_ID\", \"body\": \"Hello Ana, yes!\"}" | value .seq)

say "Ana reads it, and says that she has"
call "$ANA" GET "/api/chat/rooms/$ROOM/messages?after=0" | value .results.0.body
call "$ANA" POST "/api/chat/rooms/$ROOM/read" "{\"seq\": $SEQ}"

say "What is refused says why, always in this form"
call "$ANA" POST /api/swipes "{\"target\": \"$BEN_ID\", \"action\": \"like\"}"
echo
