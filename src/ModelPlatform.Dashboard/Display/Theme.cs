using MudBlazor;

namespace ModelPlatform.Dashboard.Display;

/// <summary>Two palettes, both sent with the page: which one counts is an attribute of the root element, so a switch needs no server and a page never flashes.</summary>
internal static class Theme
{
    private static readonly string[] Family = ["Inter", "system-ui", "sans-serif"];

    public static MudTheme Light { get; } = Create(":root");

    public static MudTheme Dark { get; } = Create(":root[data-theme=dark]");

    private static MudTheme Create(string scope) => new()
    {
        PseudoCss = new PseudoCss { Scope = scope },
        PaletteLight = new PaletteLight
        {
            Primary = "#0f6f68", PrimaryContrastText = "#ffffff", Secondary = "#44525f", Tertiary = "#0f6f68",
            Info = "#1d5fa8", Success = "#17713f", Warning = "#8a5a00", Error = "#b3261e",
            Background = "#f6f7f8", BackgroundGray = "#eef0f2", Surface = "#ffffff",
            AppbarBackground = "#ffffff", AppbarText = "#1b242c", DrawerBackground = "#ffffff", DrawerText = "#1b242c", DrawerIcon = "#55636f",
            TextPrimary = "#1b242c", TextSecondary = "#55636f", ActionDefault = "#55636f", Divider = "#e1e5e8", LinesDefault = "#e1e5e8", LinesInputs = "#8b97a1",
            TableLines = "#e9ecee", TableHover = "#f3f5f6", Skeleton = "#e7eaec",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#4fd1c1", PrimaryContrastText = "#04211e", Secondary = "#a9b4be", Tertiary = "#4fd1c1",
            Info = "#7ab8ff", InfoContrastText = "#04182c", Success = "#5fd38d", SuccessContrastText = "#04210f",
            Warning = "#f0b84a", WarningContrastText = "#2a1c00", Error = "#ff8a80", ErrorContrastText = "#2b0704",
            Background = "#0f1418", BackgroundGray = "#0b0f12", Surface = "#161c21",
            AppbarBackground = "#131a1f", AppbarText = "#e6ebef", DrawerBackground = "#131a1f", DrawerText = "#e6ebef", DrawerIcon = "#97a4af",
            TextPrimary = "#e6ebef", TextSecondary = "#97a4af", ActionDefault = "#97a4af", Divider = "#263038", LinesDefault = "#263038", LinesInputs = "#6c7a86",
            TableLines = "#20292f", TableHover = "#1b2329", Skeleton = "#222b32",
        },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = Family, FontSize = ".875rem", LineHeight = "1.5", LetterSpacing = "0" },
            Button = new ButtonTypography { FontFamily = Family, FontSize = ".8125rem", FontWeight = "550", LetterSpacing = "0", TextTransform = "none" },
        },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "8px" },
    };
}
