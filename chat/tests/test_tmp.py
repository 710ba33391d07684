import pytest, time
from chat.tests.server import Chat
from chat import hub as h, post
pytestmark = pytest.mark.integration
def test_x(server, live_cast, monkeypatch):
    c=live_cast
    orig=h.Hub.receive
    def rec(self, letter): print("RECV", letter); return orig(self, letter)
    monkeypatch.setattr(h.Hub,"receive",rec)
    o2=post.send
    def s2(l): print("SEND", l, post._hub_loops); return o2(l)
    monkeypatch.setattr(post,"send",s2)
    with Chat(server, c.ana) as ana, Chat(server, c.ben) as ben:
        ana.enter(); ben.enter()
        t=h._hub.transport
        print(t.channel, t.wanted, t.joined)
        ana.send(c.room,"hi")
        ana.hear("ack"); t0=time.time(); ben.hear("message"); print(time.time()-t0)
        print(t.channel, t.wanted, t.joined)
