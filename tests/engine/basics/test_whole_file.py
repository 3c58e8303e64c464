"""Files that are written whole or not at all."""

import errno
import os
import stat

import pytest
from chalkgrad.engine.basics.whole_file import PRIVATE, write_whole


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    file = tmp_path / "a.txt"
    for content in (b"one\n", b"two\r\n\xff"):
        write_whole(file, content)
        assert file.read_bytes() == content
    assert [*tmp_path.iterdir()] == [file]


@pytest.mark.parametrize("stopped", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()])
@pytest.mark.parametrize("new", [False, True])
def test_what_goes_wrong_leaves_the_old_file_or_none(new, stopped, tmp_path, monkeypatch):
    file = tmp_path / "a.txt"
    if not new:
        file.write_bytes(b"old")

    def full(*_):
        raise stopped

    monkeypatch.setattr(os, "replace", full)
    monkeypatch.setattr(os, "link", full)
    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(type(stopped)) as raised:
        write_whole(file, b"new", "the sheet", new=new)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == ([] if new else [("a.txt", b"old")])
    if isinstance(stopped, OSError):
        said = f"the sheet cannot be written to {file} (No space left on device): name another place"
        assert said in str(raised.value)


def test_a_new_file_replaces_none(tmp_path, monkeypatch):
    file = tmp_path / "a.txt"
    write_whole(file, b"mine", new=True)
    for _ in range(2):
        with pytest.raises(FileExistsError):
            write_whole(file, b"yours", new=True)

        def without_links(*_):
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "link", without_links)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("a.txt", b"mine")]
    write_whole(tmp_path / "b.txt", b"mine", new=True)
    assert (tmp_path / "b.txt").read_bytes() == b"mine"


@pytest.mark.skipif(os.name != "posix", reason="Windows has other rights and links")
def test_a_private_file_is_its_owners_alone_and_a_link_stays_a_link(tmp_path):
    file = tmp_path / "a.txt"
    write_whole(file, b"all")
    os.chmod(file, 0o644)
    (tmp_path / "link").symlink_to("a.txt")
    write_whole(tmp_path / "link", b"mine", mode=PRIVATE)
    assert (tmp_path / "link").is_symlink()
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"mine", 0o600)


def test_a_folder_is_refused_and_a_device_is_written_to(tmp_path):
    with pytest.raises(IsADirectoryError if os.name == "posix" else OSError, match="the file cannot be written to"):
        write_whole(tmp_path, b"x")
    write_whole(os.devnull, b"x")
