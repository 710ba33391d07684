"""The four one can sign in as. Ana and Ben complete one another, Cleo is somebody else's match, Sam is staff.

Tests and tours lean on them, so they change rarely and never by chance.
"""

from datetime import date
from uuid import UUID

from accounts.demo.person import Person

ANA: Person = {
    "id": UUID("01941f29-7c00-7a0a-8a11-0a0a0a0a0a01"),
    "email": "ana@demo.alliv.test",
    "name": "Ana Ribeiro",
    "birthdate": date(1991, 4, 17),
    "headline": "Backend engineer building a calmer way to run a small clinic",
    "bio": (
        "I have spent ten years keeping other people's servers honest, most of them at a hospital network in Lisbon, "
        "where I saw nurses fight the booking system every single morning. "
        "Since spring I have been building Maré, a small and quiet scheduling tool for neighbourhood clinics; "
        "three of them already use it, and all three say the same thing: it works, and it looks like a tax form. "
        "So I'm looking for a designer to be my other half from here on, somebody who sketches with patients in the "
        "room and tells me when I'm wrong. I bring Python, PostgreSQL, patience and very good coffee."
    ),
    "field": "Software Development",
    "role": "Backend Engineer and Founder",
    "skills": [
        "Python",
        "Django",
        "PostgreSQL",
        "REST API Design",
        "Database Design",
        "htmx",
        "Git",
        "Software Architecture",
        "Automated Testing",
    ],
    "wanted_skills": ["Figma", "UI Design", "User Research", "Brand Identity", "UI/UX"],
    "interests": ["open source", "sea swimming", "fado", "coffee", "cycling"],
    "values": ["Honesty", "Craftsmanship", "Kindness", "Simplicity"],
    "work_styles": ["Async first", "Written decisions", "Early bird", "Hybrid"],
    "languages": ["pt", "en", "es"],
    "experience_level": "senior",
    "hours_per_week": 20,
    "remote_only": False,
    "country": "PT",
    "city": "Lisbon",
    "timezone": "Europe/Lisbon",
    "location": (38.7169, -9.1399),
    "links": ["https://code.demo.alliv.test/ana", "https://mare.demo.alliv.test/"],
    "visibility": "public",
}

BEN: Person = {
    "id": UUID("01941f29-7fe8-7b0b-8b22-0b0b0b0b0b02"),
    "email": "ben@demo.alliv.test",
    "name": "Ben Hartmann",
    "birthdate": date(1989, 9, 2),
    "headline": "Designer for things that have to be understood at seven in the morning",
    "bio": (
        "I design interfaces and identities for places where people are tired, hurried or worried: ticket machines, "
        "waiting rooms, and once a whole lost-property office. "
        "I start on paper with whoever has to use the thing, move to Figma late, and write enough HTML and CSS to know "
        "what I am asking for. "
        "After eight years in a Berlin studio I would like to stop handing work over and start owning it, together "
        "with a backend developer who enjoys saying why. I'm happiest when a screen ends up with fewer words than it "
        "began with."
    ),
    "field": "Graphic Design",
    "role": "Product and Brand Designer",
    "skills": [
        "Figma",
        "UI Design",
        "User Research",
        "Brand Identity",
        "Typography",
        "Graphic Design",
        "HTML",
        "CSS",
        "Prototyping",
    ],
    "wanted_skills": ["Python", "Django", "PostgreSQL", "REST API Design", "Backend"],
    "interests": ["letterpress", "cycling", "coffee", "lost-property offices", "ceramics"],
    "values": ["Honesty", "Craftsmanship", "Kindness", "Simplicity"],
    "work_styles": ["Async first", "Written decisions", "Hybrid"],
    "languages": ["de", "en"],
    "experience_level": "senior",
    "hours_per_week": 18,
    "remote_only": False,
    "country": "DE",
    "city": "Berlin",
    "timezone": "Europe/Berlin",
    "location": (52.4990, 13.4180),
    "links": ["https://portfolio.demo.alliv.test/ben"],
    "visibility": "public",
}

CLEO: Person = {
    "id": UUID("01941f29-83d0-7c0c-8c33-0c0c0c0c0c03"),
    "email": "cleo@demo.alliv.test",
    "name": "Cleo Wijaya",
    "birthdate": date(1986, 1, 25),
    "headline": "Teaching small models to read chest X-rays where there is no radiologist",
    "bio": (
        "I trained as a physician in Yogyakarta, fell for statistics, and have worked on medical imaging in Jakarta "
        "ever since. "
        "My group builds models small enough to run on a clinic laptop during a power cut, and we publish the cases "
        "where they fail before the ones where they shine. "
        "I'm looking for clinicians on other islands who would test our tuberculosis screening with real patients, "
        "and for a public health mind who asks the uncomfortable questions early."
    ),
    "field": "AI/Machine Learning",
    "role": "Medical AI Researcher",
    "skills": [
        "Machine Learning",
        "Deep Learning",
        "PyTorch",
        "Medical Imaging AI",
        "Computer Vision",
        "Statistics",
        "Clinical Research",
        "Epidemiology",
        "Academic Publishing",
        "AI Ethics",
    ],
    "wanted_skills": ["Public Health", "Radiology", "Patient Care", "Healthcare", "Data Engineering"],
    "interests": ["medical history", "gamelan", "street food", "bird watching"],
    "values": ["Impact", "Openness", "Curiosity", "Fairness"],
    "work_styles": ["Deep work blocks", "Weekly demos", "Night owl", "On site"],
    "languages": ["id", "en", "jv", "nl"],
    "experience_level": "expert",
    "hours_per_week": 10,
    "remote_only": False,
    "country": "ID",
    "city": "Jakarta",
    "timezone": "Asia/Jakarta",
    "location": (-6.1950, 106.8230),
    "links": ["https://papers.demo.alliv.test/cleo"],
    "visibility": "public",
}

SAM: Person = {
    "id": UUID("01941f29-87b8-7d0d-8d44-0d0d0d0d0d04"),
    "email": "sam@demo.alliv.test",
    "name": "Sam Okafor",
    "birthdate": date(1984, 11, 8),
    "headline": "Keeps Alliv kind and its matrix honest",
    "bio": "I look after the knowledge behind the score, read every report and answer all of them.",
    "field": None,
    "role": "Staff",
    "skills": [],
    "wanted_skills": [],
    "interests": [],
    "values": ["Fairness", "Privacy"],
    "work_styles": [],
    "languages": ["en"],
    "experience_level": None,
    "hours_per_week": None,
    "remote_only": False,
    "country": "GB",
    "city": "",
    "timezone": "Europe/London",
    "location": None,
    "links": [],
    "visibility": "hidden",
}

CAST: tuple[Person, ...] = (ANA, BEN, CLEO, SAM)
