"""The key of a course, draws from it, codes, and who has which sheet."""

import errno
import hashlib
import os
from collections import Counter
from pathlib import Path

import pytest
from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.course import CourseError, code_of, key_in, salt_of, students_in, write_roster
from chalkgrad.classroom.marking.rows import read_roster

KEY = bytes(range(32))


def hmac_by_hand(key, text):
    """HMAC-SHA256 as RFC 2104 defines it."""
    block = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in block) + text).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in block) + inner).digest()


# Draws ----------------------------------------------------------------------------------------------------------------


def test_draws_are_those_of_hmac_on_every_python():
    chance = Chance(KEY, "week 3", "שבוע")
    expected = []
    for count in range(1, 9):
        words = ["week 3", "שבוע", str(count)]
        text = b"".join(f"{len(word.encode())}:".encode() + word.encode() for word in words)
        expected.append(int.from_bytes(hmac_by_hand(KEY, text)[:8], "big") % 1000)
    assert [chance.below(1000) for _ in range(8)] == expected


def test_no_two_lists_of_words_make_the_same_draws():
    lists = [(), ("a",), ("a", "1"), ("a1",), ("a\0", "1"), ("a\x001",), ("", "a"), ("a", ""), ("1:a",), ("a", "1:1")]
    streams = {tuple(Chance(KEY, *words).below(10**9) for _ in range(2)) for words in lists}
    assert len(streams) == len(lists)
    assert Chance(KEY, "a").beside("b").below(10**9) == Chance(KEY, "a", "b").below(10**9)


def test_a_number_that_would_make_some_draws_likelier_is_drawn_again(monkeypatch):
    chance = Chance(KEY)
    bytes_drawn = iter([b"\xff" * 32, (7).to_bytes(8, "big") + b"\0" * 24])
    monkeypatch.setattr(chance, "_next", lambda: next(bytes_drawn))
    assert chance.below(5) == 2  # 2**64 - 1 is beyond the last multiple of 5


def test_draws_and_orders_are_as_likely():
    chance = Chance(KEY, "likely")
    counts = Counter(chance.below(6) for _ in range(6000))
    assert sum((counts[i] - 1000) ** 2 / 1000 for i in range(6)) < 20.5  # chi-square with 5 degrees: 1 in 1000
    orders = Counter("".join(chance.shuffled("abc")) for _ in range(3000))
    assert len(orders) == 6
    assert sum((count - 500) ** 2 / 500 for count in orders.values()) < 20.5


@pytest.mark.parametrize("count", [0, -1, 2**64 + 1])
def test_what_cannot_be_drawn_from_is_refused(count):
    with pytest.raises(ValueError, match="a draw is from"):
        Chance(KEY).below(count)


# The key --------------------------------------------------------------------------------------------------------------


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    file = tmp_path / "course.key"
    key, made = key_in(file)
    text = file.read_text("utf-8")
    assert made
    assert text.startswith("# ")
    assert text.splitlines()[1] == key.hex()
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600
    assert key_in(file) == (key, False)
    assert file.read_text("utf-8") == text
    assert key_in(tmp_path / "other.key")[0] != key


DAMAGED = {
    "empty": b"",
    "short": b"# a key\nabcdef\n",
    "long": KEY.hex().encode() + b"00",
    "two": KEY.hex().encode() + b"\n" + KEY.hex().encode(),
    "letters": b"g" * 64,
    "binary": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_key_is_refused_and_stays_as_it_is(name, tmp_path):
    file = tmp_path / "course.key"
    file.write_bytes(DAMAGED[name])
    with pytest.raises(CourseError, match=r"course\.key is not the key of a course") as raised:
        key_in(file)
    assert "\n" not in str(raised.value)
    assert file.read_bytes() == DAMAGED[name]


def test_a_key_may_begin_with_the_mark_of_an_editor(tmp_path):
    file = tmp_path / "course.key"
    file.write_bytes(b"\xef\xbb\xbf# kept\r\n" + KEY.hex().encode() + b"\r\n")
    assert key_in(file) == (KEY, False)


def test_on_a_full_disk_there_is_no_key_and_none_without_its_digits(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        for name in ("link", "rename", "replace"):
            patched.setattr(os, name, full)
        with pytest.raises(OSError, match="the key cannot be written to"):
            key_in(tmp_path / "course.key")
    assert [*tmp_path.iterdir()] == []
    assert key_in(tmp_path / "course.key")[1]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no device is without an end here")
def test_a_device_without_an_end_is_no_key():
    with pytest.raises(CourseError, match="is not the key of a course"):
        key_in(Path("/dev/zero"))


def test_a_key_that_is_to_be_there_is_not_made(tmp_path):
    with pytest.raises(CourseError, match="there is no"):
        key_in(tmp_path / "course.key", make=False)
    assert [*tmp_path.iterdir()] == []


# Codes ----------------------------------------------------------------------------------------------------------------


def test_codes_differ_by_sheet_numbers_and_key_and_are_drawn_anew_where_one_is_taken():
    code = code_of(KEY, "A", ["a = 1"])
    others = [code_of(KEY, "B", ["a = 1"]), code_of(KEY, "A", ["a = 2"]), code_of(KEY[::-1], "A", ["a = 1"])]
    assert len({code, *others}) == 4
    assert {len(one) for one in (code, *others)} == {6}
    anew = code_of(KEY, "A", ["a = 1"], {code})
    assert anew not in (code, *others)
    assert anew == code_of(KEY, "A", ["a = 1"], {code})


def test_what_stands_for_an_id_does_not_hold_it():
    salts = {salt_of(KEY, str(student)) for student in range(20000, 20300)}
    assert len(salts) == 300
    assert all(salt.isalpha() for salt in salts)
    assert salt_of(KEY, "20001") != salt_of(KEY[::-1], "20001")


# Students -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "id\n7\n8\n",
        "7\n8",
        "\ufeffStudent ID,name\r\n7,Ada\r\n8,Bob\r\n",
        "id;name\n7;Ada\n\n8;Bob\n",
        "id\tname\n7\tAda\n8\tBob\n",
        '"7"\n" 8 "\n',
        "ID number\n7\n8\n",
        "Full name,Id\nAda,7\nBob,8\n",
        "First name,Last name,ID number,Email address\nAda,L,7,a@x\nBob,M,8,b@x\n",
        "שם,תעודת זהות\nאדה,7\nבוב,8\n",
        "Matrikel\n7\n8\n",
        "sep=;\nid;name\n7;Ada\n8;Bob\n",
    ],
)
def test_ids_are_read_with_a_heading_or_without(text, tmp_path):
    file = tmp_path / "students.csv"
    for encoding in ("utf-8", "utf-16"):
        file.write_bytes(text.removeprefix("\ufeff").encode(encoding))
        assert students_in(file) == ["7", "8"]
    file.write_bytes(text.encode())
    assert students_in(file) == ["7", "8"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"id\n7\n8\n7\n", "row 4: 7 stands in row 2, too"),
        (b"id\n\n", "names no one"),
        (b"", "is empty"),
        (b"PK\3\4\0", "is not a table of text: save it as CSV"),
        (b"id\n7\n" + b"8" * 140_000, "is not a table, in line 3: field larger than field limit"),
        (b"id," * 60_000, "is not a table, in line 1: field larger than field limit"),
        (b'id\n"7\n8\n9\n', "row 2 goes on in the next line: a quote in it is not closed"),
        (b'id,name\n7,"Ada\n8,Bob\n', "row 2 goes on in the next line: a quote in it is not closed"),
        (b"name,id\nAda,7\nBob,\n", "row 3 has no id"),
        *(
            (f"id\n7\n{student}\n".encode(), f"row 3: {student} is no id, for a spreadsheet takes it for a formula")
            for student in ("=cmd|x", "@SUM(1)", "-5", "+1", "x;=HYPERLINK(1)")
        ),
    ],
)
def test_tables_of_students_that_cannot_be_used_are_refused(content, said, tmp_path):
    file = tmp_path / "students.csv"
    file.write_bytes(content)
    with pytest.raises(CourseError) as raised:
        students_in(file)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_roster_is_read_back_and_only_its_owner_reads_it(tmp_path):
    file = tmp_path / "roster.csv"
    write_roster(file, {"20001": "BCDFGH", 'Ada, "A"': "XXXXXX"})
    assert read_roster(file.read_bytes()).codes == {"20001": "BCDFGH", 'Ada, "A"': "XXXXXX"}
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600
