"""How many people can look around and sign in at once? A recipe for locust.

    pip install -r examples/requirements.txt
    LIMITS_ENABLED=0 make run          # limits would answer instead of the site; production mode refuses to switch them off
    locust --locustfile examples/load_test.py --host http://127.0.0.1:8000 --headless --users 50 --spawn-rate 5 --run-time 1m

Ten people look around for one that signs in, which costs a password hash on purpose. Everybody is one of the demo's cast.
"""

import random

from locust import FastHttpUser, between, task

CAST = ("ana", "ben", "cleo")
PASSWORD = "alliv-demo-2026"
FILTERS = ("", "&skills=Figma", "&remote=true", "&min_score=70", "&skills=Python&skills=Django&skills_mode=all")


class Visitor(FastHttpUser):
    abstract = True
    wait_time = between(0.5, 2)

    def sign_in(self) -> str:
        body = {"email": f"{random.choice(CAST)}@demo.alliv.test", "password": PASSWORD}
        with self.client.post("/api/auth/login", json=body, name="login") as answer:
            return str(answer.json()["access"])


class Looker(Visitor):
    """Signs in once, looks around, and reads about somebody."""

    weight = 10

    def on_start(self) -> None:
        self.headers = {"Authorization": f"Bearer {self.sign_in()}"}

    @task(5)
    def discover(self) -> None:
        path = f"/api/discover?limit=20{random.choice(FILTERS)}"
        with self.client.get(path, headers=self.headers, name="discover") as answer:
            self.shown = [row["member"]["id"] for row in answer.json()["results"]] or self.shown

    @task(1)
    def read_about_one(self) -> None:
        if self.shown:
            self.client.get(f"/api/profiles/{random.choice(self.shown)}", headers=self.headers, name="profile")

    shown: list[str] = []


class Comer(Visitor):
    """Signs in again and again."""

    weight = 1

    @task
    def come(self) -> None:
        self.sign_in()
