import sys

import pytest

from torch_molfield.data.registry import Registry


class Animal:
    pass


@pytest.fixture
def animals() -> Registry:
    registry = Registry("animal", "torch_molfield.test_animals", Animal)

    @registry.register("cat")
    class Cat(Animal):
        pass

    return registry


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package on the path with two entry points, one of them of a name that is taken."""
    (tmp_path / "made_up_zoo.py").write_text(
        "from collections import OrderedDict\nclass Dog(OrderedDict):\n    pass\nthing = 3\n"
    )
    info = tmp_path / "made_up_zoo-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up-zoo\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[torch_molfield.test_animals]\ndog = made_up_zoo:Dog\ncat = made_up_zoo:Dog\n"
        "ghost = made_up_zoo:Ghost\nthing = made_up_zoo:thing\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield Registry("animal", "torch_molfield.test_animals", dict)
    sys.modules.pop("made_up_zoo", None)


def test_a_registered_class_is_found_by_its_name(animals):
    assert animals.names() == ("cat",) and "cat" in animals and list(animals) == ["cat"]
    assert animals.get("cat").__name__ == "Cat"


def test_a_class_that_was_not_registered_is_found_by_its_module(animals):
    ordered = Registry("mapping", "torch_molfield.test_animals", dict).get("collections:OrderedDict")
    assert ordered.__name__ == "OrderedDict"


def test_unknown_names_list_the_known_ones(animals):
    with pytest.raises(ValueError, match="animal 'cow' is unknown; choose one of cat, or give a class as module:Class"):
        animals.get("cow")


@pytest.mark.parametrize("name", ["no_such_module:Cat", "collections:Cat", ":Cat", "collections:", "a b:c"])
def test_a_class_that_cannot_be_imported_is_a_sentence(animals, name):
    with pytest.raises(ValueError, match=f"animal '{name}'|{name} is no animal"):
        animals.get(name)


def test_a_class_of_another_kind_is_refused(animals):
    with pytest.raises(ValueError, match="collections:OrderedDict is no animal; it must derive from .*:Animal"):
        animals.get("collections:OrderedDict")
    with pytest.raises(ValueError, match="is no animal"):
        animals.get("os.path:join")
    with pytest.raises(TypeError, match="derive it from"):
        animals.register("dict")(dict)


def test_a_name_is_given_once(animals):
    with pytest.raises(ValueError, match="the animal 'cat' is .*Cat already; choose another name for .*:Animal"):
        animals.register("cat")(Animal)
    again = type("Cat", (Animal,), {"__qualname__": animals.get("cat").__qualname__, "__module__": __name__})
    again.__module__ = animals.get("cat").__module__
    animals.register("cat")(again)
    assert animals.get("cat") is again


@pytest.mark.parametrize("name", ["", "a:b"])
def test_names_without_letters_or_with_a_colon_are_refused(animals, name):
    with pytest.raises(ValueError, match="choose one without a colon"):
        animals.register(name)


def test_installed_packages_add_names_and_are_imported_when_asked(installed):
    assert set(installed.names()) == {"cat", "dog", "ghost", "thing"}
    assert "made_up_zoo" not in sys.modules
    assert installed.get("dog").__name__ == "Dog"
    with pytest.raises(ValueError, match="animal 'ghost' cannot be imported from 'made_up_zoo:Ghost'"):
        installed.get("ghost")
    with pytest.raises(ValueError, match="made_up_zoo:thing is no animal"):
        installed.get("thing")


def test_a_declared_class_is_imported_when_it_is_asked_for(animals):
    animals.declare("sorted", "collections:OrderedDict")
    animals.declare("ghost", "made_up_zoo:Ghost")
    assert animals.names() == ("cat", "sorted", "ghost") and "ghost" in animals
    with pytest.raises(ValueError, match="animal 'ghost' cannot be imported from 'made_up_zoo:Ghost'"):
        animals.get("ghost")
    with pytest.raises(ValueError, match="collections:OrderedDict is no animal"):
        animals.get("sorted")
    mappings = Registry("mapping", "torch_molfield.test_animals", dict)
    mappings.declare("sorted", "collections:OrderedDict")
    assert mappings.get("sorted").__name__ == "OrderedDict"


def test_a_registered_name_comes_before_an_installed_one(installed):
    installed.register("cat")(dict)
    assert installed.get("cat") is dict and installed.names()[0] == "cat" and len(installed.names()) == 4


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x = 1\n\n1 / 0\n", "ZeroDivisionError: division by zero (FILE, line 3)"),
        ("class Dog(\n    pass\n", "SyntaxError: '(' was never closed (FILE, line 1)"),
        ("\nimport made_up_nowhere\n", "ModuleNotFoundError: No module named 'made_up_nowhere' (FILE, line 2)"),
        ("x = 1\n", "module 'made_up_fault' has no attribute 'Dog'"),
    ],
)
def test_what_is_wrong_in_a_module_is_told_with_its_place(animals, tmp_path, monkeypatch, text, fault):
    path = tmp_path / "made_up_fault.py"
    path.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "made_up_fault", raising=False)
    with pytest.raises(ValueError, match="cannot be imported") as caught:
        animals.get("made_up_fault:Dog")
    sys.modules.pop("made_up_fault", None)
    place = fault.replace("FILE", str(path))
    assert str(caught.value) == f"animal 'made_up_fault:Dog' cannot be imported from 'made_up_fault:Dog': {place}."
