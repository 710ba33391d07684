import pytest
from chat.tests.server import Chat

pytestmark = pytest.mark.integration

def test_it(server, live_cast):
    c = live_cast
    with Chat(server, c.ana) as ana, Chat(server, c.ben) as ben:
        print(ana.enter()); print(ben.enter())
        cid = ana.send(c.room, " hi ")
        print(ana.hear("ack"), ben.hear("message"))
    print(c.ana.api.get("/api/chat/rooms").json())
