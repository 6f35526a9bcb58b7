import typer

from torch_molfield.cli.data_help import DATA_HELP, DataCommand
from torch_molfield.data.datasets.named import dataset_help


def test_datasets_are_listed_when_the_help_is_printed():
    app = typer.Typer()

    @app.command(cls=DataCommand)
    def run(data: str = typer.Argument(help=DATA_HELP), other: str = typer.Option("", help="Another.")) -> None:
        """Do something."""

    command = typer.main.get_command(app)
    assert [parameter.help for parameter in command.params if parameter.name == "data"] == [DATA_HELP]
    command.get_help(typer.Context(command))
    helps = {parameter.name: parameter.help for parameter in command.params}
    assert helps["data"] == dataset_help() and helps["other"] == "Another."
