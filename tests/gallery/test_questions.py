"""The questions of the gallery: clear answers, the same for every seed, and reasons that hold."""

import re
from functools import cache

import pytest

from simdeploy.report.questions.answers import answers
from simdeploy.scenario import builtin_scenarios, load_scenario
from simdeploy.scenario.gallery import by_question
from tests.gallery.common import runs_of

pytestmark = pytest.mark.many_runs

GALLERY = builtin_scenarios()
SEEDS = (1, 2, 3)
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")
each_story = pytest.mark.parametrize("name", GALLERY)


@cache
def asked(name, seed=1):
    """Return the questions of a story with their answers."""
    return answers(load_scenario(name), runs=runs_of(name), seed=seed)


def wrong_of(answer):
    """Return the wrong answers to a question with their reasons."""
    numbers = [(one.is_, one.because) for one in answer.question.wrong_numbers]
    return [*numbers, *answer.question.wrong_choices.items()]


@each_story
def test_every_story_asks_two_questions(name):
    """Two questions, each with wrong answers, and one misconception per question and answer."""
    found = asked(name).answers
    assert len(found) == 2
    assert all(len(wrong_of(one)) >= 2 for one in found)
    assert len({one.question.ask for one in found}) == 2


@each_story
def test_no_wrong_answer_is_right(name):
    """No wrong answer is within 25 % of the right one, nor of another wrong one."""
    for one in asked(name).answers:
        for guess, because in wrong_of(one):
            assert not one.accepts(guess), (one.question.ask, guess)
            assert one.misconception(guess) == because


@each_story
def test_every_wrong_choice_has_a_reason(name):
    """Each strategy that is not the answer says why it is not."""
    for one in asked(name).answers:
        if one.question.kind == "choice":
            known = one.figures.keys()
            assert one.question.wrong_choices.keys() == known - set(one.right), one.question.ask


@each_story
def test_answers_are_stable_over_seeds(name):
    """Other luck leaves the strategies, and the number within 25 %, and no wrong answer right."""
    first = asked(name).answers
    for seed in SEEDS[1:]:
        for one, again in zip(first, asked(name, seed).answers, strict=True):
            if one.question.kind == "choice":
                assert set(one.right) == set(again.right), (seed, one.question.ask)
            else:
                assert one.accepts(again.number), (seed, one.question.ask)
            assert not any(again.accepts(guess) for guess, _ in wrong_of(one))


@each_story
def test_reasons_are_sentences(name):
    """A reason is a short sentence, and no two numbers have the same one."""
    for one in asked(name).answers:
        reasons = [because for _, because in wrong_of(one)]
        for because in reasons:
            assert re.fullmatch(r"[A-Z0-9].{20,110}\.", because), because
            assert "simdeploy" not in because
        if one.question.kind == "number":
            assert len(set(reasons)) == len(reasons)


def numbers_in(value):
    """Yield every number of a setting, also in minutes, hours and percent."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from numbers_in(one)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from (value, value / 60, value / 3600, 100 * value)


def stated(text):
    """Return the numbers that a text states."""
    return [float(one.replace(",", "")) for one in NUMBER.findall(text)]


@each_story
def test_numbers_in_reasons_are_settings(name):
    """A reason names no result: its numbers are the scenario's, the wrong one, or a difference."""
    scenario = load_scenario(name)
    fields = scenario.model_dump(exclude={"questions", "story", "title"})
    settings = set(numbers_in(fields))
    tasks = scenario.service.desired_count
    carried = {n * scenario.service.capacity_rps for n in range(tasks + 1)}
    for one in asked(name).answers:
        told = set(stated(f"{scenario.story} {scenario.title} {one.question.ask}")) | carried
        rates = {*told, scenario.traffic.rate}
        known = settings | told | {abs(a - b) for a in rates for b in rates}
        for guess, because in wrong_of(one):
            own = [] if isinstance(guess, str) else numbers_in(guess)
            for number in stated(because):
                assert any(abs(number - other) < 1e-6 for other in [*known, *own]), because


def test_reasons_multiply_out():
    """A reason that multiplies an excess by a time names the product."""
    pattern = re.compile(r"^(\d+) too many a second for (?:(\d+) s|a minute|four minutes):")
    products = []
    for name in GALLERY:
        for question in load_scenario(name).questions:
            for one in question.wrong_numbers:
                if found := pattern.match(one.because):
                    words = {"a minute": 60, "four minutes": 240}
                    time = found[2] or next(n for word, n in words.items() if word in one.because)
                    products.append(int(found[1]) * int(time) / one.is_)
    assert len(products) >= 3
    assert all(0.9 < ratio < 1.2 for ratio in products)


def test_the_gallery_is_asked_in_the_order_of_its_questions():
    """Every scenario belongs to one of the gallery's questions."""
    assert sorted(n for names in by_question(GALLERY).values() for n in names) == sorted(GALLERY)
