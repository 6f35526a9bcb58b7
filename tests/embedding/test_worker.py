from base64 import b64encode

from rdkit import Chem

from torch_molfield.embedding.worker import answer


def request(smiles: str, **others) -> dict:
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    return {"mol": b64encode(mol.ToBinary()).decode(), "seed": 0, "optimize": True, "max_seconds": 60} | others


def test_answers():
    found = answer(request("C"))
    assert found["problem"] == "" and len(found["positions"]) == 5
    assert answer(request("C", optimize=False)) != found
    assert set(answer(request("C1#CCCCCCC1"))) == {"problem"}
