"""How passwords are kept."""

from argon2 import PasswordHasher, extract_parameters

from bookapp.identity import passwords


def test_a_password_is_stored_as_argon2id_with_our_costs():
    stored = passwords.hashed("quiet lake")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.fits("quiet lake", stored)
    assert not passwords.fits("quiet lake ", stored)
    assert passwords.hashed("quiet lake") != stored


def test_nobodys_password_costs_the_same_and_never_fits():
    ours, nobodys = extract_parameters(passwords.hashed("x")), extract_parameters(passwords._NO_ONE)
    assert ours == nobodys
    assert not passwords.fits("", None)
    assert not passwords.fits("quiet lake", None)


def test_a_broken_hash_fits_nothing():
    assert not passwords.fits("quiet lake", "not a hash")


def test_the_same_letters_fit_however_they_were_composed():
    assert passwords.fits("cafe\u0301 noir", passwords.hashed("caf\u00e9 noir"))


def test_a_hash_with_other_costs_is_outdated():
    assert passwords.is_outdated(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("x"))
    assert not passwords.is_outdated(passwords.hashed("x"))
