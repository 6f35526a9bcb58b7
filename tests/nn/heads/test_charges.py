import torch

from torch_molfield.nn.heads.charges import ChargeHead


def made():
    torch.manual_seed(0)
    head = ChargeHead(8, 3).double()
    h, v, centred = (torch.randn(5, *shape, dtype=torch.float64) for shape in ((8,), (3, 3), (3,)))
    return head, h, v, centred, torch.tensor([0, 0, 0, 1, 1])


def test_charges_add_up():
    head, h, v, centred, batch = made()
    for charge in (None, torch.tensor([1.0, -2.0], dtype=torch.float64)):
        charges = head(h, v, centred, batch, charge, 2)["charges"]
        totals = torch.stack([charges[:3].sum(), charges[3:].sum()])
        torch.testing.assert_close(totals, torch.zeros_like(totals) if charge is None else charge)
    assert charges.std() > 1e-2


def test_the_dipole_by_hand():
    head, h, v, centred, batch = made()
    told = head(h, v, centred, batch, None, 2)
    atomic = torch.einsum("nxv,v->nx", v, head.atomic.weight[0])
    by_hand = (told["charges"].unsqueeze(1) * centred + atomic)[:3].sum(0)
    torch.testing.assert_close(told["dipole"][0], by_hand)
