"""The way into the desk."""

from __future__ import annotations

import pytest

from tests.builders import a_merchant, a_service
from tests.support.client import Client
from tests.support.select import select
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")
DOOR = "a[href='/desk']"


@pytest.mark.parametrize(("role", "where"), [("owner", "/desk/money"), ("manager", "/desk/prices")])
def test_the_desk_begins_with_what_is_theirs(client: Client, role: str, where: str) -> None:
    sign_in(client, merchant_id=a_service().merchant_id, role=role)
    assert client.get("/desk").location == where
    assert client.get(where).status_code == 200
    assert select(client.get("/").text, DOOR)


def test_an_admin_begins_with_the_money_that_waits(client: Client) -> None:
    sign_in(client, is_admin=True)
    assert client.get("/desk").location == "/desk/money"


def test_a_facilitator_begins_with_the_day(client: Client) -> None:
    sign_in(client, merchant_id=a_merchant().id, role="facilitator")
    assert client.get("/desk").location == "/desk/day"
    assert client.get("/desk/day").status_code == 200
    assert select(client.get("/").text, DOOR)


def test_a_customer_sees_no_door(client: Client) -> None:
    sign_in(client)
    assert client.get("/desk").status_code == 403
    assert not select(client.get("/").text, DOOR)
