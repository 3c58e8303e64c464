"""Runs that stop and go on: to the bits of one that never stopped, wherever it stopped, and no other file is taken for one."""

import inspect
import json
import math
import os
import re
import sys
from itertools import pairwise

import pytest
from chalkgrad.engine import NonFiniteError, Value
from chalkgrad.nn import MLP, Module, binary_cross_entropy_with_logits, checkpoints, fit, squared_error
from chalkgrad.nn import training as module
from chalkgrad.nn.checkpoints import COLUMNS, Checkpoint
from chalkgrad.nn.data import moons
from chalkgrad.nn.models import saving
from chalkgrad.nn.optimisers import Adam, GradientDescent, Optimiser
from chalkgrad.nn.priors import L2

X, y = moons(12, seed=1)
Y = [label > 0 for label in y]
WAYS = ["llvm", "numpy", "python", False]


def falling(epoch):
    return 0.1 / epoch


OPTIMISERS = {
    "gradient descent": lambda: GradientDescent(0.1),
    "momentum": lambda: GradientDescent(0.05, momentum=0.9),
    "adam": lambda: Adam(0.01),
    "falling rate": lambda: Adam(falling),
}


def course(history, model):
    """Everything that a run comes to, but for how it came there."""
    columns = {name: getattr(history, name) for name in COLUMNS}
    told = repr(history).replace(f", the first {history.resumed} from a file", "")
    return columns, history.start_loss, history.best_epoch, history.stopped, history.remarks, told, model.theta.values


def run(epochs=6, *, seed=0, x=X, targets=Y, loss=binary_cross_entropy_with_logits, **options):
    """What a run comes to, with the history."""
    model = options.pop("model", None) or MLP(2, [3, 1], "tanh", seed=seed)
    options = {"optimizer": Adam(0.01), "batch_size": 5, "compiled": "python", "progress": False, **options}
    history = fit(model, x, targets, loss=loss, epochs=epochs, **options)
    return course(history, model), history


def interrupted(k, **options):
    """A run with an interrupt at its k-th function call; whether there was one."""
    left = k

    def tracer(frame, event, argument):
        nonlocal left
        if (
            event == "call"
            and not frame.f_code.co_flags & inspect.CO_GENERATOR
            and frame.f_code.co_name not in ("_finish", "_set_parameters", "forget_after", "train")
        ):
            left -= 1
            if left == 0:
                sys.setprofile(None)
                raise KeyboardInterrupt

    original = module._Run._epochs

    def go(self, *arguments):
        sys.setprofile(tracer)
        try:
            original(self, *arguments)
        finally:
            sys.setprofile(None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module._Run, "_epochs", go)
        _, history = run(**options)
    return history.stopped == "interrupted"


# The same bits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compiled", WAYS)
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_run_in_three_parts_has_the_bits_of_one(compiled, optimiser, tmp_path):
    file = tmp_path / "run.json"
    options = {"compiled": compiled, "validation": 0.25, "prior": L2(0.01)}
    whole, _ = run(7, optimizer=OPTIMISERS[optimiser](), **options)
    for part, epochs in enumerate((2, 5, 7)):
        # Another seed of the model: the file's parameters count, not those that this model begins with.
        found, history = run(epochs, seed=part, optimizer=OPTIMISERS[optimiser](), checkpoint=file, **options)
        assert history.resumed == (0, 2, 5)[part]
    assert found == whole


@pytest.mark.parametrize("batch_size", [None, 5])
def test_an_interrupt_at_any_call_loses_nothing(batch_size, tmp_path):
    whole, _ = run(3, batch_size=batch_size)
    stopped = 0
    for k in range(1, 1200, 97):
        file = tmp_path / f"{k}.json"
        stopped += interrupted(k, epochs=3, batch_size=batch_size, checkpoint=file)
        found, _ = run(3, batch_size=batch_size, checkpoint=file, seed=1)
        assert found == whole, k
    assert stopped > 3


def test_an_interrupt_within_an_epoch_keeps_its_batches(tmp_path, monkeypatch):
    file, optimiser = tmp_path / "run.json", Adam(0.01)
    moved, calls = optimiser.moved, []

    def third_is_interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 6:  # of three batches an epoch
            raise KeyboardInterrupt
        return moved(*arguments)

    monkeypatch.setattr(optimiser, "moved", third_is_interrupted)
    run(9, optimizer=optimiser, checkpoint=file)
    content = json.loads(file.read_text("utf-8"))
    assert (content["epoch"], content["samples of it done"], content["optimiser"]["steps"]) == (2, 10, 5)
    calls.clear()
    monkeypatch.setattr(optimiser, "moved", lambda *arguments: calls.append(arguments) or moved(*arguments))
    found, _ = run(2, optimizer=optimiser, checkpoint=file)
    assert len(calls) == 1
    assert found == run(2)[0]


@pytest.mark.parametrize("compiled", ["numpy", False])
def test_a_process_that_is_killed_goes_on_from_the_last_file(compiled, tmp_path, monkeypatch):
    file, kept = tmp_path / "run.json", tmp_path / "kept.json"
    monkeypatch.setattr(checkpoints, "SHARE", 0)  # a file after every epoch

    def keep(epoch, history, model):
        if epoch == 4:
            kept.write_bytes(file.read_bytes())  # as it lies there before the fourth epoch is written

    whole, _ = run(6, compiled=compiled, checkpoint=file, callbacks=keep)
    found, history = run(6, compiled=compiled, checkpoint=kept)
    assert (history.resumed, found) == (3, whole)


def test_writing_takes_little_of_the_time(tmp_path, monkeypatch):
    now, written = [0.0], []
    monkeypatch.setattr(checkpoints.time, "monotonic", lambda: now[0])

    def write(text, path, what):
        now[0] += 0.5
        written.append(now[0])

    def epoch_of_a_second(epoch, history, model):
        now[0] += 1.0

    monkeypatch.setattr(saving, "write", write)
    run(42, checkpoint=tmp_path / "run.json", callbacks=epoch_of_a_second)
    assert [after - before for before, after in pairwise(written)] == [10.5, 10.5, 10.5, 10.5, 2.5]  # the last at the end


def test_a_finished_run_is_not_trained_again(tmp_path):
    file = tmp_path / "run.json"
    whole, _ = run(4, checkpoint=file)
    optimiser = Adam(0.01)
    optimiser.moved = None  # which nothing calls
    again, history = run(4, optimizer=optimiser, checkpoint=file)
    assert again == whole
    assert history.resumed == history.epochs == 4
    assert repr(history).splitlines()[0].endswith(", the first 4 from a file>")


def test_patience_ends_a_run_that_goes_on_where_it_would_have_ended(tmp_path):
    file, options = tmp_path / "run.json", {"validation": (X, [not t for t in Y]), "patience": 4}
    whole, history = run(60, **options)
    assert history.stopped == "patience"
    for epochs in (3, history.epochs, 60, 60):
        found, history = run(epochs, checkpoint=file, **options)
    assert found == whole


def test_a_failure_comes_again_and_leaves_the_same_parameters(tmp_path):
    file, options = (
        tmp_path / "run.json",
        {"optimizer": GradientDescent(50.0), "loss": squared_error, "targets": [1e6] * len(X)},
    )
    left = []
    for checkpoint in (None, file, file):
        model = MLP(2, [3, 1], "relu", seed=0)
        with pytest.raises(NonFiniteError) as error:
            run(500, model=model, checkpoint=checkpoint, **options)
        left.append((str(error.value), model.theta.values))
    assert left[0] == left[1] == left[2]


def test_an_error_of_a_callback_loses_nothing(tmp_path):
    file = tmp_path / "run.json"

    def fails(epoch, history, model):
        if epoch == 3:
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match=r"^mine$"):
        run(6, checkpoint=file, callbacks=fails)
    found, history = run(6, checkpoint=file)
    assert (history.resumed, found) == (3, run(6)[0])


@pytest.mark.filterwarnings("ignore::chalkgrad.engine.GradientWarning")
def test_what_the_first_step_told_is_said_in_the_end(tmp_path):
    file, options = tmp_path / "run.json", {"optimizer": GradientDescent(40.0), "batch_size": None}
    whole, history = run(5, **options)
    assert any("rate" in remark for remark in history.remarks)
    run(2, checkpoint=file, **options)
    assert run(5, checkpoint=file, **options)[0] == whole


class Plane(Module):
    """A model of one's own, with a frozen parameter."""

    def __init__(self, k=2.0):
        self.a, self.b, self.k = Value(0.1), Value(-0.2), Value(k, constant=True)

    def __call__(self, x):
        return self.a * x[0] * self.k + self.b * x[1]


class Halving(Optimiser):
    """An optimiser of one's own, which remembers one number for each parameter."""

    states = 1

    def direction(self, gradient, step, *state):
        mean = (state[0] + gradient) / 2
        return mean, mean


def test_models_and_optimisers_of_ones_own_go_on(tmp_path):
    file, options = tmp_path / "run.json", {"optimizer": Halving(0.05), "loss": lambda score, t: (score - t) ** 2}
    whole, _ = run(5, model=Plane(), **options)
    run(2, model=Plane(), checkpoint=file, **options)
    assert run(5, model=Plane(), checkpoint=file, **options)[0] == whole


def test_numbers_that_json_has_not_are_kept(tmp_path):
    class Boundless(GradientDescent):
        """Its second moment overflows, as Adam's may, and the step stays finite."""

        def __init__(self):
            super().__init__(0.01)
            self.states = 1

        def direction(self, gradient, step, *state):
            return gradient, state[0] + math.inf

    file = tmp_path / "run.json"
    whole, _ = run(4, optimizer=Boundless())
    run(2, optimizer=Boundless(), checkpoint=file)
    assert '"inf"' in file.read_text("utf-8")
    assert run(4, optimizer=Boundless(), checkpoint=file)[0] == whole


# The file ------------------------------------------------------------------------------------------------------------


def test_the_file_is_json_with_the_parameters_by_name_and_all_digits(tmp_path):
    file = tmp_path / "run.json"
    model = MLP(2, [1], seed=0)
    run(2, model=model, checkpoint=file)
    content = json.loads(file.read_text("utf-8"))
    assert (content["format"], content["version"]) == ("chalkgrad training", 1)
    assert content["parameters"] == dict(zip(model.theta.names, model.theta.values, strict=True))
    assert os.listdir(tmp_path) == ["run.json"]


def test_a_file_that_cannot_be_written_is_told_of_before_training(tmp_path):
    calls = []
    with pytest.raises(FileNotFoundError, match=r"^there is no folder .*no to save run\.json in$"):
        run(2, checkpoint=tmp_path / "no" / "run.json", callbacks=lambda *each: calls.append(each))
    assert calls == []


def test_a_link_keeps_leading_to_the_file(tmp_path):
    (tmp_path / "link.json").symlink_to(tmp_path / "run.json")
    run(2, checkpoint=tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert run(4, checkpoint=tmp_path / "link.json")[1].resumed == 2


def test_a_broken_write_leaves_the_file_before_it(tmp_path, monkeypatch):
    file = tmp_path / "run.json"
    run(2, checkpoint=file)
    before = file.read_bytes()

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(saving.os, "replace", full)
    with pytest.raises(
        OSError, match=r"^\[Errno 28\] the checkpoint cannot be written to .*run\.json \(No space left on device\)"
    ):
        run(4, checkpoint=file)
    assert (file.read_bytes(), os.listdir(tmp_path)) == (before, ["run.json"])


# What is refused -----------------------------------------------------------------------------------------------------


def made(tmp_path, epochs=3, **options):
    file = tmp_path / "run.json"
    run(epochs, checkpoint=file, **options)
    return file


def refused(file, message, **options):
    """Goes on from a file that is refused: neither it nor the model changes."""
    before = file.read_bytes() if file.is_file() else None
    model = options.pop("model", None) or MLP(2, [3, 1], "tanh", seed=5)
    theta = model.theta.values
    with pytest.raises(ValueError, match=f"^{re.escape(str(file))} {message}") as error:
        run(options.pop("epochs", 5), model=model, checkpoint=file, **options)
    assert model.theta.values == theta
    assert (file.read_bytes() if file.is_file() else None) == before
    return str(error.value)


@pytest.mark.parametrize("share", [0.002, 0.01, 0.3, 0.7, 0.99])
def test_half_a_file_is_refused(share, tmp_path):
    file = made(tmp_path)
    text = file.read_text("utf-8")
    file.write_text(text[: int(share * len(text))], encoding="utf-8")
    refused(file, r"is not whole: it ends in the middle, as a copy that was broken off\. Delete it to begin anew$")


FOREIGN = {
    "nothing": (b"", r"was not written by fit\(\): it is not JSON \(Expecting value"),
    "a text": (b"hello", r"was not written by fit\(\): it is not JSON \(Expecting value"),
    "bytes": (b"\xff\xfe\x00", r"was not written by fit\(\): it is not JSON \('utf-8' codec"),
    "a list": (b"[1, 2]", r"was not written by fit\(\): it is no checkpoint\. Name another file for the checkpoint$"),
    "other JSON": (b'{"format": "x"}', r"was not written by fit\(\): it is no checkpoint\. Name another file"),
    "a deep one": (b"[" * 100_000, r"was not written by fit\(\): it is not JSON \(maximum recursion"),
    "a later version": (
        b'{"format": "chalkgrad training", "version": 2}',
        r"has version 2 of the format, and this chalkgrad reads version 1$",
    ),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file_is_refused_and_not_overwritten(kind, tmp_path):
    content, message = FOREIGN[kind]
    file = tmp_path / "run.json"
    file.write_bytes(content)
    refused(file, message)


def test_a_saved_model_is_refused_and_not_overwritten(tmp_path):
    file = tmp_path / "model.json"
    MLP(2, [3, 1], "tanh", seed=0).save(file)
    refused(file, r"was not written by fit\(\), but by save\(\): it is no checkpoint\. Name another file")


def test_a_folder_is_refused(tmp_path):
    refused(tmp_path, r"cannot be read as a checkpoint \(Is a directory\): name another file$")


OTHERS = {
    "samples": ({"x": X[:-1], "targets": Y[:-1]}, "with samples 12, and this one has 11"),
    "other samples": ({"x": [[a, b + 1e-9] for a, b in X]}, "with other samples, or the same in another order"),
    "another order": ({"x": X[::-1], "targets": Y[::-1]}, "with other samples, or the same in another order"),
    "other targets": ({"targets": [not t for t in Y]}, "with other samples, or the same in another order"),
    "validation": ({"validation": (X, Y)}, "with validation samples 0, and this one has 12"),
    "batches": ({"batch_size": 6}, "with batch_size 5, and this one has 6"),
    "shuffling": ({"seed_of_fit": 1}, "with seed 0, and this one has 1"),
    "optimiser": (
        {"optimizer": GradientDescent(0.01)},
        "with optimizer Adam(beta1=0.9, beta2=0.999, epsilon=1e-08), and this one has GradientDescent(momentum=0.0, states=0)",
    ),
    "its numbers": (
        {"optimizer": Adam(0.01, beta1=0.8)},
        "with optimizer Adam(beta1=0.9, beta2=0.999, epsilon=1e-08), and this one has Adam(beta1=0.8, ",
    ),
    "rate": ({"optimizer": Adam(0.02)}, "with the learning rate 0.01 in epoch 1, which is 0.02 here"),
    "rate of a later epoch": (
        {"optimizer": Adam(lambda epoch: 0.01 if epoch < 3 else 0.001)},
        "with the learning rate 0.01 in epoch 3, which is 0.001 here",
    ),
    "target": (
        {"compiled": "numpy"},
        'computed by "python", and this one by "numpy", which rounds otherwise: say compiled="python"',
    ),
    "widths": (
        {"model": lambda: MLP(2, [4, 1], "tanh")},
        "with the parameter layer2.neuron1.w1 where this one has layer1.neuron4.w1",
    ),
    "fewer": ({"model": lambda: MLP(2, [1])}, "with the parameter layer1.neuron2.w1 where this one has none"),
    "model": ({"model": Plane}, "with model MLP, and this one has Plane"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_the_file_of_another_run_is_refused(kind, tmp_path):
    options, message = OTHERS[kind]
    options = dict(options)
    if "seed_of_fit" in options:
        del options["seed_of_fit"]
        file = tmp_path / "run.json"
        run(3, checkpoint=file)
        with pytest.raises(ValueError, match=re.escape(message)):
            fit(
                MLP(2, [3, 1], "tanh"), X, Y, loss=binary_cross_entropy_with_logits, seed=1, optimizer=Adam(0.01), batch_size=5,
                compiled="python", checkpoint=file,
            )  # fmt: skip
        return
    if "model" in options:
        options["model"] = options["model"]()
    said = refused(made(tmp_path), f"is of another run, {re.escape(message)}", **options)
    assert said.endswith(". Name another file, or delete this one to begin anew")


@pytest.mark.parametrize("compiled", ["python", False])
def test_another_loss_activation_or_prior_is_found_by_its_value(compiled, tmp_path):
    file = made(tmp_path, compiled=compiled)
    message = (
        r"is of another run: its best parameters had the loss \S+ there and have \S+ here, so the model's activations, the "
        r"loss or the prior are others\. Name another file"
    )
    refused(file, message, compiled=compiled, model=MLP(2, [3, 1], "sigmoid", seed=5))
    refused(file, message, compiled=compiled, prior=L2(1.0))
    refused(file, message, compiled=compiled, loss=binary_cross_entropy_with_logits.mean)


def test_other_frozen_parameters_are_refused(tmp_path):
    options = {"loss": lambda score, t: (score - t) ** 2}
    file = made(tmp_path, model=Plane(), **options)
    refused(file, "is of another run, in which the frozen parameter k is 2.0, and here it is 3.0", model=Plane(3.0), **options)
    thawed = Plane()
    thawed.unfreeze()
    refused(file, "is of another run, with k frozen, and here nothing are?", model=thawed, **options)


def test_fewer_epochs_than_were_done_are_refused(tmp_path):
    file = made(tmp_path, epochs=4)
    refused(file, r"has gone through 4 epochs, and epochs=3 is fewer: give at least epochs=4, or name another file$", epochs=3)


CHANGES = {
    "a number that is a text": lambda c: c["parameters"].update({"layer1.neuron1.w1": "0.5"}),
    "a number that is true": lambda c: c["history"]["loss"].__setitem__(0, True),
    "a column that is too short": lambda c: c["history"]["metric"].pop(),
    "a state that is too short": lambda c: c["optimiser"]["state"][0].pop(),
    "no history": lambda c: c.pop("history"),
    "an epoch before the first": lambda c: c.update(epoch=-1),
    "another epoch": lambda c: c.update(epoch=7),
    "a best epoch that is not there": lambda c: c["best"].update(epoch=9),
    "no state of the generator": lambda c: c.update(shuffling=[3, [1, 2], None]),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_file_that_was_changed_is_refused(kind, tmp_path):
    file = made(tmp_path)
    content = json.loads(file.read_text("utf-8"))
    CHANGES[kind](content)
    file.write_text(json.dumps(content), encoding="utf-8")
    refused(file, r"is damaged: it was changed after fit\(\) wrote it\. Delete it to begin anew$")


def test_two_parameters_of_one_name_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"^two parameters are called w, and a file tells them apart by their names$"):
        Checkpoint(tmp_path / "run.json", ["w", "b", "w"], {})


def test_the_words_of_others_lead_to_the_option():
    with pytest.raises(TypeError, match=r"^fit has no option resume: it is checkpoint=…: a run goes on from the file if it is"):
        run(2, resume="run.json")
