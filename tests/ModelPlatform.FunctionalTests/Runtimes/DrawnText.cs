namespace ModelPlatform.FunctionalTests.Runtimes;

/// <summary>Text drawn by strokes, black on white, smooth at the edges: an image without an image library.</summary>
internal sealed class DrawnText
{
    private const double Advance = 0.95;

    // In a box of width 0.62 and height 1, from the top left: lines, and ellipses as centre and radii.
    private static readonly Dictionary<char, (double[][] Lines, double[][] Ellipses)> Letters = new()
    {
        ['H'] = ([[0, 0, 0, 1], [0.62, 0, 0.62, 1], [0, 0.5, 0.62, 0.5]], []),
        ['E'] = ([[0, 0, 0, 1], [0, 0, 0.55, 0], [0, 0.5, 0.5, 0.5], [0, 1, 0.55, 1]], []),
        ['L'] = ([[0, 0, 0, 1], [0, 1, 0.55, 1]], []),
        ['O'] = ([], [[0.35, 0.5, 0.38, 0.5]]),
        ['T'] = ([[0, 0, 0.62, 0], [0.31, 0, 0.31, 1]], []),
        ['N'] = ([[0, 0, 0, 1], [0.6, 0, 0.6, 1], [0, 0, 0.6, 1]], []),
    };

    private readonly float[] pixels;

    public DrawnText(string text, int width, int height, double left, double top, double size, double stroke)
    {
        (Width, Height, pixels) = (width, height, new float[width * height]);
        Right = left + (text.Length * Advance * size);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var distance = Distance(text, (x + 0.5 - left) / size, (y + 0.5 - top) / size) * size;
                pixels[(y * width) + x] = (float)Math.Clamp(distance - (stroke / 2) + 0.5, 0, 1);
            }
        }
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Where the text ends.</summary>
    public double Right { get; }

    /// <summary>Three equal planes, each pixel as (value - mean) / deviation, as little-endian floats.</summary>
    public byte[] ToTensor(float mean, float deviation)
    {
        var values = new float[3 * pixels.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (pixels[i % pixels.Length] - mean) / deviation;
        }

        var bytes = new byte[values.Length * sizeof(float)];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        return bytes;
    }

    private static double Distance(string text, double x, double y)
    {
        var nearest = double.MaxValue;
        for (var i = 0; i < text.Length; i++)
        {
            var (lines, ellipses) = Letters[text[i]];
            var at = x - (i * Advance);
            foreach (var line in lines)
            {
                nearest = Math.Min(nearest, ToLine(at, y, line[0], line[1], line[2], line[3]));
            }

            foreach (var ellipse in ellipses)
            {
                nearest = Math.Min(nearest, ToEllipse(at, y, ellipse));
            }
        }

        return nearest;
    }

    private static double ToLine(double x, double y, double fromX, double fromY, double toX, double toY)
    {
        var (alongX, alongY) = (toX - fromX, toY - fromY);
        var part = Math.Clamp((((x - fromX) * alongX) + ((y - fromY) * alongY)) / ((alongX * alongX) + (alongY * alongY)), 0, 1);
        return Math.Sqrt(Math.Pow(x - fromX - (part * alongX), 2) + Math.Pow(y - fromY - (part * alongY), 2));
    }

    private static double ToEllipse(double x, double y, double[] ellipse)
    {
        var nearest = double.MaxValue;
        for (var step = 0; step < 48; step++)
        {
            var (sine, cosine) = Math.SinCos(step * Math.PI / 24);
            var (nextSine, nextCosine) = Math.SinCos((step + 1) * Math.PI / 24);
            nearest = Math.Min(nearest, ToLine(
                x, y, ellipse[0] + (ellipse[2] * cosine), ellipse[1] + (ellipse[3] * sine), ellipse[0] + (ellipse[2] * nextCosine), ellipse[1] + (ellipse[3] * nextSine)));
        }

        return nearest;
    }
}
