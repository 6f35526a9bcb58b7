"""An orthographic camera for views of molecules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from torch_molfield.surface.mesh import Floats


@dataclass(frozen=True)
class Camera:
    """Orthographic camera.

    The rows of ``rotation [3, 3]`` are the viewer's right, up and the direction towards the viewer. A picture has
    ``width`` × ``height`` pixels with ``scale`` pixels per Å, and ``centre [3]`` (Å) in the middle.
    """

    rotation: Floats
    centre: Floats
    scale: float
    width: int
    height: int

    @classmethod
    def facing(cls, points: Floats, width: int, height: int, margin: float = 0.5, tilt: float = 25.0) -> Camera:
        """Return a camera that shows all points with their longest extent across and their shortest in depth.

        Args:
            points: ``[n, 3]`` Å.
            width, height: of the picture, pixels.
            margin: around the points, Å.
            tilt: degrees by which the view is turned off the plane, so that flat molecules show their depth.
        """
        points = np.asarray(points, dtype=np.float64)
        centre = (points.min(axis=0) + points.max(axis=0)) / 2
        _, axes = np.linalg.eigh(np.cov((points - points.mean(axis=0)).T))
        right, up = axes[:, 2], axes[:, 1]
        # eigenvectors have no sign; the largest component decides, so that equal molecules look the same
        right, up = (axis * np.sign(axis[np.abs(axis).argmax()]) for axis in (right, up))
        angle = np.deg2rad(tilt)
        turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
        rotation = turn @ np.stack([right, up, np.cross(right, up)])
        seen = (points - centre) @ rotation.T
        middle = (seen.min(axis=0) + seen.max(axis=0)) / 2
        extent = seen[:, :2].max(axis=0) - seen[:, :2].min(axis=0) + 2 * margin
        scale = min(width / extent[0], height / extent[1])
        return cls(rotation, centre + middle @ rotation, float(scale), width, height)

    def enlarged(self, factor: int) -> Camera:
        """The same view with ``factor`` times the pixels along each side."""
        return Camera(self.rotation, self.centre, self.scale * factor, self.width * factor, self.height * factor)

    def project(self, points: Floats) -> Floats:
        """Return pixel column, pixel row (downwards) and height towards the viewer (Å) of points ``[n, 3]`` Å."""
        seen = (points - self.centre) @ self.rotation.T
        return np.stack(
            [self.width / 2 + seen[:, 0] * self.scale, self.height / 2 - seen[:, 1] * self.scale, seen[:, 2]], axis=1
        )
