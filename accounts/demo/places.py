"""Cities people live in, who lives there, and what is spoken."""

from dataclasses import dataclass
from functools import cache
from math import cos, radians
from random import Random
from typing import Any

from accounts.demo.draw import Urn, data
from accounts.demo.names import Culture, cultures
from accounts.demo.person import Place

LOCATION_SHARED = 0.9
FROM_ELSEWHERE = 0.15
# Standard deviation of a home's distance from the centre: about 4 km of latitude.
SPREAD_DEGREES = 0.036
# Second languages that people anywhere learn.
LEARNT = ("es", "fr", "de", "pt", "zh", "ja", "ar", "it")


@dataclass(frozen=True)
class City:
    name: str
    country: str
    latitude: float
    longitude: float
    timezone: str
    residents: Urn[Culture]
    languages: tuple[str, ...]

    def culture(self, rng: Random) -> Culture:
        """Mostly that of the country; cities also have people from anywhere."""
        if rng.random() < FROM_ELSEWHERE:
            return rng.choice(list(cultures().values()))
        return self.residents.one(rng)

    def home(self, rng: Random) -> tuple[float, float]:
        """A point around the centre, in degrees; as wide as it is tall on the ground."""
        latitude = self.latitude + rng.gauss(0, SPREAD_DEGREES)
        longitude = self.longitude + rng.gauss(0, SPREAD_DEGREES) / cos(radians(latitude))
        return round(latitude, 5), round(longitude, 5)

    def place(self, rng: Random) -> Place:
        home = self.home(rng) if rng.random() < LOCATION_SHARED else None
        return {"country": self.country, "city": self.name, "timezone": self.timezone, "location": home}

    def spoken(self, rng: Random, culture: Culture) -> list[str]:
        """What somebody of this culture speaks here, mother tongue first; never empty."""
        mother, *others = dict.fromkeys(filter(None, (culture.language, *self.languages)))
        chances = {**dict.fromkeys(others, 0.4), self.languages[0]: 0.9, "en": 0.95, rng.choice(LEARNT): 0.12}
        learnt = (language for language, chance in chances.items() if rng.random() < chance)
        return list(dict.fromkeys((mother, *learnt)))


@cache
def cities() -> Urn[City]:
    countries = {entry["code"]: entry for entry in data("countries")}
    return Urn.of((city(entry, countries[entry["country"]]), entry["weight"]) for entry in data("cities"))


def city(entry: dict[str, Any], country: dict[str, Any]) -> City:
    return City(
        name=entry["name"],
        country=country["code"],
        latitude=entry["latitude"],
        longitude=entry["longitude"],
        timezone=entry["timezone"],
        residents=Urn.of((cultures()[key], weight) for key, weight in country["cultures"].items()),
        languages=tuple(country["languages"]),
    )
