"""Words in the language of whoever reads them."""

import datetime as dt

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask_babel import force_locale
from flask_babel import gettext as of_the_library
from wtforms import StringField, validators

from bookapp.values.money import Money
from bookapp.web import language
from bookapp.web.filters import day, money
from bookapp.web.forms import Form


@pytest.fixture
def site(make_site, tmp_path, monkeypatch):
    """A site that also knows three sentences in German."""
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue = Catalog(locale="de")
    catalogue.add("Sign in", "Anmelden")
    catalogue.add("%(count)s of 100 %%", "%(count)s von 100 %%")
    catalogue.add(("%(num)s seat", "%(num)s seats"), ("%(num)s Platz", "%(num)s Plätze"))
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(language, "_words", language.Words())
    site = make_site()
    site.extensions["babel"].translation_directories[:] = [str(tmp_path)]
    return site


def rendered(site, source):
    return site.jinja_env.from_string("{% autoescape true %}" + source + "{% endautoescape %}").render(evil="<b>")


def test_a_page_speaks_the_language_of_its_answer_and_of_a_letter_within_it(site):
    source = '{{ _("Sign in") }}'
    with site.test_request_context():
        assert rendered(site, source) == of_the_library("Sign in") == "Sign in"
        with force_locale("de"):
            assert rendered(site, source) == of_the_library("Sign in") == language.gettext("Sign in") == "Anmelden"
            assert language.locale_here().language == "de"
            assert (day(dt.date(2027, 1, 2)), money(Money(5400, "EUR"))) == ("Sa. 2 Jan. 2027", "54,00\xa0€")
        assert rendered(site, source) == language.gettext("Sign in") == "Sign in"
        assert money(Money(5400, "EUR")) == "€54.00"


def test_what_is_filled_in_is_escaped_and_a_sentence_is_not(site):
    with site.test_request_context():
        assert rendered(site, '{{ _("%(count)s of 100 %%", count=evil) }}') == "&lt;b&gt; of 100 %"
        assert rendered(site, """{{ _("Don't 100 %%") }}""") == "Don't 100 %"
        assert rendered(site, '{{ ngettext("%(num)s seat", "%(num)s seats", 1) }}') == "1 seat"
        with force_locale("de"):
            assert rendered(site, '{{ ngettext("%(num)s seat", "%(num)s seats", 2) }}') == "2 Plätze"


def test_a_letter_in_plain_text_is_not_escaped(site):
    with site.test_request_context():
        template = site.jinja_env.from_string(
            '{% autoescape false %}{{ _("It is %(what)s", what="<b>") }}{% endautoescape %}'
        )
        assert template.render() == "It is <b>"


def test_forms_say_their_own_words_in_the_same_language(site):
    class Asked(Form):
        name = StringField("Name", [validators.InputRequired()])

    with site.test_request_context(method="POST"), force_locale("de"):
        form = Asked(meta={"csrf": False})
        assert not form.validate()
        assert form.problems == [("name", "Dieses Feld wird benötigt.")]


def test_outside_of_an_answer_it_is_as_the_code_says():
    assert language.gettext("Sign %(where)s", where="in") == "Sign in"
    assert language.locale_here() == language.ENGLISH
