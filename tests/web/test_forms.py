"""What people typed: cleaned, limited, refused with a sentence at the field."""

import datetime as dt

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import PasswordField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from bookapp.values.errors import NotValid
from bookapp.web.forms import LINE, TEXT, Form, OnceForm, Query, clean, has_control


class Person(Form):
    name = StringField("Name", [InputRequired(), Length(max=20)])
    city = StringField("City", filters=[lambda value: value.upper() if value else value])
    notes = TextAreaField("Notes")
    password = PasswordField("Password")


class Order(OnceForm):
    what = StringField("What")


@pytest.fixture
def fill(site):
    def make(form=Person, **data):
        with site.test_request_context("/", method="POST", data=data):
            filled = form(meta={"csrf": False})
            return filled, filled.validate()

    return make


def test_text_is_composed_trimmed_and_passed_through_the_fields_own_filter(fill):
    form, usable = fill(name="  Zoe\u0308 ", city=" köln ", notes="a\r\nb\tc\n", password=" pass word ")
    assert usable
    assert (form.name.data, form.city.data) == ("Zo\u00eb", "KÖLN")
    assert form.notes.data == "a\nb\tc"
    assert form.password.data == " pass word "


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "a\x1bb", "a\u202eb", "a\u2028b", "a\x85b"])
def test_control_characters_are_refused_in_a_line(fill, text):
    form, usable = fill(name=text)
    assert not usable
    assert form.problems == [("name", "Some characters in here cannot be used.")]


@pytest.mark.parametrize("text", ["a\x00b", "a\x08b", "a\u202eb"])
def test_and_in_a_text(fill, text):
    form, usable = fill(name="Ada", notes=text)
    assert not usable
    assert [name for name, _ in form.problems] == ["notes"]


def test_every_text_has_a_limit(fill):
    form, usable = fill(name="x" * 21, city="y" * (LINE + 1), notes="z" * (TEXT + 1))
    assert not usable
    assert {name for name, _ in form.problems} == {"name", "city", "notes"}
    assert 'maxlength="20"' in form.name() and f'maxlength="{LINE}"' in form.city()


def test_a_refusal_of_the_domain_shows_at_its_field(fill):
    form, _ = fill(name="Ada")
    form.refuse(NotValid({"city": "Nobody lives there.", "elsewhere": "Odd."}))
    assert form.problems == [("name", "Odd."), ("city", "Nobody lives there.")]


def test_a_form_that_creates_carries_its_key(fill, site):
    with site.test_request_context():
        key = Order(meta={"csrf": False}).idempotency_key.data
        assert len(key) == 32
    form, usable = fill(Order, idempotency_key=key)
    assert usable and form.idempotency_key.data == key
    for mangled in ("", "short", "x" * 101, "white space inside"):
        form, usable = fill(Order, idempotency_key=mangled)
        assert usable and form.idempotency_key.data != mangled


def query(site, **arguments):
    with site.test_request_context():
        return Query(MultiDict(arguments))


def test_query_values_are_typed(site):
    asked = query(
        site, city=" Berlin ", people="4", date="2026-11-24", **{"from": "14:30"}, kind="room", a=["x", "y,x", ""],
        accessible="on",
    )  # fmt: skip
    assert asked.text("city") == "Berlin"
    assert asked.integer("people", low=1, high=500) == 4
    assert asked.day("date") == dt.date(2026, 11, 24)
    assert asked.time("from") == dt.time(14, 30)
    assert asked.choice("kind", ("room", "session"), "session") == "room"
    assert asked.many("a") == ["x", "y"]
    assert asked.flag("accessible") and not asked.flag("rated")
    assert asked.errors == {}


def test_what_is_missing_is_not_an_error(site):
    asked = query(site)
    values = (asked.text("a"), asked.integer("a", low=1, high=2), asked.day("a"), asked.time("a"), asked.many("a"))
    assert values == ("", None, None, None, [])
    assert asked.choice("a", ("x",), "x") == "x"
    assert asked.errors == {}


def test_what_cannot_be_read_is_named(site):
    with site.test_request_context():
        asked = Query(
            MultiDict({"n": "٣x", "low": "0", "d": "2026-02-30", "t": "25:00", "long": "x" * 101, "c": "\x00"})
        )
        assert asked.integer("n", low=1, high=5) is None
        assert asked.integer("low", low=1, high=5) is None
        assert asked.day("d") is None
        assert asked.time("t") is None
        assert asked.text("long") == asked.text("c") == ""
        assert set(asked.errors) == {"n", "low", "d", "t", "long", "c"}


def test_cleaning():
    assert clean(" e\u0301\r\nx\r ") == "\u00e9\nx"
    assert has_control("a\tb") and not has_control("a\tb", lines=True)
